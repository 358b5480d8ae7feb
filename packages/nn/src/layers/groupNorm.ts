import { checkOptions, type GroupNormOptions, groupNormOptions, groupNorm as op, sizeOf } from '@convkit/api'
import { checkAmounts } from '../check.js'
import { GammaAndBeta } from '../gammaAndBeta.js'
import type { LayerSpec } from '../layer.js'
import { warnOfOneValue } from './oneValue.js'

/** Normalisation over each image's groups of channels, x (N, C, ...); gamma and beta (C). */
export function groupNorm(given: GroupNormOptions): LayerSpec {
  const { groups, eps = 1e-5 } = checkOptions('groupNorm', given, groupNormOptions)
  return {
    kind: 'groupNorm',
    options: { groups, eps },
    build(context) {
      const { name, inputShape } = context
      checkAmounts(name, { eps })
      const channels = inputShape.slice(1, 2)
      op.dims(inputShape, channels, channels, groups)
      const norm = new GammaAndBeta(context, channels)
      return {
        name,
        params: norm.params,
        buffers: [],
        outputShape: inputShape,
        hyperparameters: { groups, eps },
        forward(scope, x, mode) {
          warnOfOneValue(mode, name, sizeOf(inputShape) / groups, 'group', 'use fewer groups, or take it out')
          const { y, saved } = op.forward(scope, norm.inputs(x), { groups, eps })
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, norm.wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
