import { avgPool2d, checkOptions, type OptionNames, type Shape, vector } from '@convkit/api'
import { checkCounts, checkImages } from '../check.js'
import type { LayerSpec } from '../layer.js'

export interface UpsampleNearest2dLayerOptions {
  /** Copies of each pixel, along height and width alike. */
  readonly factor: number
}

export const upsampleNearest2dOptions: OptionNames<UpsampleNearest2dLayerOptions> = { factor: true }

/**
 * x (N, C, H, W) -> y (N, C, factor H, factor W), y[n,c,h,w] = x[n,c,floor(h / factor),floor(w / factor)]. It is the backward pass of
 * `avgPool2d` times factor^2: two roundings where that is no power of two, and none where it is.
 */
export function upsampleNearest2d(options: UpsampleNearest2dLayerOptions): LayerSpec {
  const { factor } = checkOptions('upsampleNearest2d', options, upsampleNearest2dOptions)
  return {
    kind: 'upsampleNearest2d',
    options: { factor },
    build({ name, inputShape }) {
      checkCounts(name, { factor })
      const window = { kernel: factor }
      const large = (shape: Shape) => {
        const [n, channels, inH, inW] = checkImages(name, shape)
        return avgPool2d.dims([n, channels, factor * inH, factor * inW], window)
      }
      const { channels, inH, inW } = large(inputShape)
      return {
        name,
        params: [],
        buffers: [],
        outputShape: [1, channels, inH, inW],
        hyperparameters: { factor },
        forward(scope, x) {
          const { dx: y } = avgPool2d.backward(scope, x, { d: large(x.shape) })
          vector.scale(y, factor ** 2)
          return {
            y,
            backward(dy, _, wantDx) {
              if (!wantDx) return null
              const { y: dx } = avgPool2d.forward(scope, { x: dy }, window)
              vector.scale(dx, factor ** 2)
              return dx
            },
          }
        },
      }
    },
  }
}
