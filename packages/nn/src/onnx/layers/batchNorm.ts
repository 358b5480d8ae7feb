import type { BatchNormKernels } from '@convkit/api'
import { float } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'

/** Test mode only: a model's scores never take statistics. */
export function batchNorm(trace: Trace): Pick<BatchNormKernels<Traced>, 'normalize'> {
  return {
    normalize(d, { eps }, x, gamma, beta, mean, variance, y) {
      const value = trace.channels(x, d.channels)
      const channels = [gamma, beta, mean, variance].map((storage) => trace.parameter(storage, [d.channels]))
      const attributes = { epsilon: float(eps), momentum: float(0.9), training_mode: 0 }
      y.value = trace.node('BatchNormalization', [value, ...channels], attributes, value.shape)
    },
  }
}
