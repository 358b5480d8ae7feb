import { checkOptions, affineRelu as op } from '@convkit/api'
import type { LayerSpec } from '../layer.js'
import { type AffineLayerOptions, affineOptions, buildAffine } from './affine.js'

/** affine - relu, fused where the backend has a kernel for it. */
export function affineRelu(options: AffineLayerOptions): LayerSpec {
  checkOptions('affineRelu', options, affineOptions)
  return {
    kind: 'affineRelu',
    options,
    build(context) {
      const { weights, outputShape } = buildAffine(context, options)
      return {
        name: context.name,
        params: weights.params,
        hyperparameters: weights.hyperparameters,
        buffers: weights.buffers,
        outputShape,
        forward(scope, x) {
          const { y, saved } = op.forward(scope, weights.inputs(x))
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, weights.wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
