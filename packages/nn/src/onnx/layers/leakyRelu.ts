import type { ComposedKernels } from '@convkit/api'
import { float } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'

/** Older readers have the operator, but not the choice that its composition is. */
export function leakyRelu(trace: Trace): Pick<ComposedKernels<Traced>['leakyRelu'], 'forward'> {
  return {
    forward(_, { slope }, x, y) {
      const value = trace.activation(x)
      y.value = trace.node('LeakyRelu', [value], { alpha: float(slope) }, value.shape)
    },
  }
}
