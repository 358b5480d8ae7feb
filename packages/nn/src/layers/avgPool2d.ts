import { type AvgPool2dOptions, avgPool2dOptions, checkOptions, avgPool2d as op } from '@convkit/api'
import type { LayerSpec } from '../layer.js'
import { pooledShape, poolHyperparameters } from './maxPool2d.js'

/** x (N, C, H, W) -> y (N, C, outH, outW): the mean of each window. */
export function avgPool2d(options: AvgPool2dOptions): LayerSpec {
  checkOptions('avgPool2d', options, avgPool2dOptions)
  return {
    kind: 'avgPool2d',
    options,
    build({ name, inputShape }) {
      const d = op.dims(inputShape, options)
      return {
        name,
        params: [],
        buffers: [],
        outputShape: pooledShape(d),
        hyperparameters: { ...poolHyperparameters(d), countIncludePad: d.countIncludePad },
        forward(scope, x) {
          const { y, saved } = op.forward(scope, { x }, options)
          return { y, backward: (dy, _, wantDx) => op.backward(scope, dy, saved, { dx: wantDx }).dx }
        },
      }
    },
  }
}
