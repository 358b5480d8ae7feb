import { type LayerNormKernels, sizeOf } from '@convkit/api'
import type { Trace, Traced } from '../trace.js'
import { normalized } from './groupNorm.js'

/** As a group of all features: OpenCV 4.6 has no `LayerNormalization`. */
export function layerNorm(trace: Trace): Pick<LayerNormKernels<Traced>, 'forward'> {
  return {
    forward(_, { eps }, x, gamma, beta, y) {
      const { shape } = trace.activation(x)
      const features = shape.slice(1).filter((length) => typeof length === 'number')
      const normal = normalized(trace, trace.images(x, [1, sizeOf(features)]), eps, shape)
      const scaled = trace.node('Mul', [normal, trace.parameter(gamma, features)], {}, shape)
      y.value = trace.node('Add', [scaled, trace.parameter(beta, features)], {}, shape)
    },
  }
}
