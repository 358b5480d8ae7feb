import { type MaxPool2dOptions, maxPool2d as op, type Shape } from '@convkit/api'
import type { LayerSpec } from '../layer.js'

export function pooledShape(input: Shape, options: MaxPool2dOptions): Shape {
  const { n, channels, outH, outW } = op.dims(input, options)
  return [n, channels, outH, outW]
}

/** x (N, C, H, W) -> y (N, C, outH, outW): the maximum of each window. */
export function maxPool2d(options: MaxPool2dOptions): LayerSpec {
  return {
    kind: 'maxPool2d',
    options,
    build: ({ name, inputShape }) => ({
      name,
      params: [],
      buffers: [],
      outputShape: pooledShape(inputShape, options),
      forward(scope, x) {
        const { y, saved } = op.forward(scope, { x }, options)
        return { y, backward: (dy, _, wantDx) => op.backward(scope, dy, saved, { dx: wantDx }).dx }
      },
    }),
  }
}
