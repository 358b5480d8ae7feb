import { checkOptions, convRelu as op } from '@convkit/api'
import type { LayerSpec } from '../layer.js'
import { buildConv2d, type Conv2dLayerOptions, convLayerOptions } from './conv2d.js'

/** conv2d - relu, fused where the backend has a kernel for it. */
export function convRelu(options: Conv2dLayerOptions): LayerSpec {
  checkOptions('convRelu', options, convLayerOptions)
  return {
    kind: 'convRelu',
    options,
    build(context) {
      const { weights, conv, outputShape, hyperparameters } = buildConv2d(context, options)
      return {
        name: context.name,
        params: weights.params,
        buffers: weights.buffers,
        outputShape,
        hyperparameters,
        forward(scope, x) {
          const { y, saved } = op.forward(scope, weights.inputs(x), conv)
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, weights.wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
