import type { ReluKernels } from '@convkit/api'
import type { Trace, Traced } from '../trace.js'

export function relu(trace: Trace): Pick<ReluKernels<Traced>, 'forward'> {
  return {
    forward(_, x, y) {
      const value = trace.activation(x)
      y.value = trace.node('Relu', [value], {}, value.shape)
    },
  }
}
