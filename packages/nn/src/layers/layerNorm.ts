import { checkOptions, type LayerNormOptions, layerNormOptions, layerNorm as op, sizeOf } from '@convkit/api'
import { checkAmounts } from '../check.js'
import { GammaAndBeta } from '../gammaAndBeta.js'
import type { LayerSpec } from '../layer.js'
import { warnOfOneValue } from './oneValue.js'

/** Layer normalisation over all axes of x but the first; gamma and beta have one element a feature. */
export function layerNorm(given: LayerNormOptions = {}): LayerSpec {
  const { eps = 1e-5 } = checkOptions('layerNorm', given, layerNormOptions)
  return {
    kind: 'layerNorm',
    options: { eps },
    build(context) {
      const { name, inputShape } = context
      checkAmounts(name, { eps })
      const features = inputShape.slice(1)
      op.dims(inputShape, features, features)
      const norm = new GammaAndBeta(context, features)
      return {
        name,
        params: norm.params,
        buffers: [],
        outputShape: inputShape,
        hyperparameters: { eps },
        forward(scope, x, mode) {
          warnOfOneValue(mode, name, sizeOf(inputShape), 'row', 'take it out')
          const { y, saved } = op.forward(scope, norm.inputs(x), { eps })
          return {
            y,
            backward: (dy, gradient, wantDx) => op.backward(scope, dy, saved, norm.wanted(gradient, wantDx)).dx,
          }
        },
      }
    },
  }
}
