import { avgPool2d, checkOptions } from '@convkit/api'
import { checkImages } from '../check.js'
import type { NoOptions } from '../elementwise.js'
import type { LayerSpec } from '../layer.js'

/** x (N, C, H, W) -> y (N, C): the mean of each channel's image (Lin, Chen and Yan 2013). It is `avgPool2d` by one window. */
export function globalAvgPool2d(options: NoOptions = {}): LayerSpec {
  checkOptions('globalAvgPool2d', options, {})
  return {
    kind: 'globalAvgPool2d',
    options: {},
    build({ name, inputShape }) {
      const [, channels, inH, inW] = checkImages(name, inputShape)
      const window = { kernel: [inH, inW] } as const
      return {
        name,
        params: [],
        buffers: [],
        outputShape: [1, channels],
        forward(scope, x) {
          const { y, saved } = avgPool2d.forward(scope, { x }, window)
          return {
            y: y.reshape([saved.d.n, channels]),
            backward: (dy, _, wantDx) => avgPool2d.backward(scope, dy.reshape(y.shape), saved, { dx: wantDx }).dx,
          }
        },
      }
    },
  }
}
