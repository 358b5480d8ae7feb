import {
  checkOptions,
  type MaxPool2dOptions,
  maxPool2dOptions,
  type OptionNames,
  convBnReluPool as op,
} from '@convkit/api'
import type { LayerSpec } from '../layer.js'
import { buildConvBn, type ConvBnReluLayerOptions, checkConvBn, convBnReluOptions } from './convBnRelu.js'
import { buildPool } from './maxPool2d.js'

export interface ConvBnReluPoolLayerOptions extends ConvBnReluLayerOptions {
  /** Default { kernel: 2 }. */
  readonly pool?: MaxPool2dOptions
}

export const convBnReluPoolOptions: OptionNames<ConvBnReluPoolLayerOptions> = { ...convBnReluOptions, pool: true }

/** conv2d - spatial batchNorm - relu - maxPool2d. */
export function convBnReluPool(all: ConvBnReluPoolLayerOptions): LayerSpec {
  checkConvBn('convBnReluPool', all, convBnReluPoolOptions)
  checkOptions('convBnReluPool: pool', all.pool ?? { kernel: 2 }, maxPool2dOptions)
  const { pool = { kernel: 2 }, ...options } = all
  return {
    kind: 'convBnReluPool',
    options: all,
    build(context) {
      const { weights, conv, bn, outputShape, params, buffers, wanted, hyperparameters } = buildConvBn(context, options)
      const pooled = buildPool(outputShape, pool)
      return {
        name: context.name,
        params,
        buffers,
        outputShape: pooled.outputShape,
        hyperparameters: { ...hyperparameters, ...pooled.hyperparameters },
        forward(scope, x, mode) {
          const inputs = { ...bn.inputs(x), ...weights.inputs(x) }
          const { y, saved } = op.forward(scope, inputs, conv, bn.options(mode, x), pool)
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
