import { type AvgPool2dOptions, avgPool2d as op } from '@convkit/api'
import type { LayerSpec } from '../layer.js'

/** x (N, C, H, W) -> y (N, C, outH, outW): the mean of each window. */
export function avgPool2d(options: AvgPool2dOptions): LayerSpec {
  return {
    kind: 'avgPool2d',
    options,
    build({ name, inputShape }) {
      const { n, channels, outH, outW } = op.dims(inputShape, options)
      return {
        name,
        params: [],
        buffers: [],
        outputShape: [n, channels, outH, outW],
        forward(scope, x) {
          const { y, saved } = op.forward(scope, { x }, options)
          return { y, backward: (dy, _, wantDx) => op.backward(scope, dy, saved, { dx: wantDx }).dx }
        },
      }
    },
  }
}
