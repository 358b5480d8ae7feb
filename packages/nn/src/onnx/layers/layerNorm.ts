import type { LayerNormKernels } from '@convkit/api'
import { float } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'

export function layerNorm(trace: Trace): Pick<LayerNormKernels<Traced>, 'forward'> {
  return {
    forward(_, { eps }, x, gamma, beta, y) {
      const value = trace.activation(x)
      const features = value.shape.slice(1).filter((length) => typeof length === 'number')
      const inputs = [value, trace.parameter(gamma, features), trace.parameter(beta, features)]
      const attributes = { axis: 1, epsilon: float(eps), stash_type: 1 }
      y.value = trace.node('LayerNormalization', inputs, attributes, value.shape)
    },
  }
}
