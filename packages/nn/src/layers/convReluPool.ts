import {
  checkOptions,
  type MaxPool2dOptions,
  maxPool2dOptions,
  type OptionNames,
  convReluPool as op,
} from '@convkit/api'
import type { LayerSpec } from '../layer.js'
import { buildConv2d, type Conv2dLayerOptions, convLayerOptions } from './conv2d.js'
import { buildPool } from './maxPool2d.js'

export interface ConvReluPoolLayerOptions extends Conv2dLayerOptions {
  /** Default { kernel: 2 }. */
  readonly pool?: MaxPool2dOptions
}

export const convReluPoolOptions: OptionNames<ConvReluPoolLayerOptions> = { ...convLayerOptions, pool: true }

/** conv2d - relu - maxPool2d. */
export function convReluPool(all: ConvReluPoolLayerOptions): LayerSpec {
  checkOptions('convReluPool', all, convReluPoolOptions)
  checkOptions('convReluPool: pool', all.pool ?? { kernel: 2 }, maxPool2dOptions)
  const { pool = { kernel: 2 }, ...options } = all
  return {
    kind: 'convReluPool',
    options: all,
    build(context) {
      const { weights, conv, outputShape, hyperparameters } = buildConv2d(context, options)
      const pooled = buildPool(outputShape, pool)
      return {
        name: context.name,
        params: weights.params,
        buffers: weights.buffers,
        outputShape: pooled.outputShape,
        hyperparameters: { ...hyperparameters, ...pooled.hyperparameters },
        forward(scope, x) {
          const { y, saved } = op.forward(scope, weights.inputs(x), conv, pool)
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, weights.wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
