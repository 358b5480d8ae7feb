import {
  checkOptions,
  formatShape,
  type MaxPool2dOptions,
  maxPool2dOptions,
  maxPool2d as op,
  type Shape,
  type WindowDims,
} from '@convkit/api'
import type { Hyperparameters, LayerSpec } from '../layer.js'
import { under } from '../under.js'

export function pooledShape({ n, channels, outH, outW }: WindowDims): Shape {
  return [n, channels, outH, outW]
}

export function poolHyperparameters(d: WindowDims): Hyperparameters {
  return {
    kernel: formatShape([d.kH, d.kW]),
    stride: formatShape([d.strideH, d.strideW]),
    pad: formatShape([d.padTop, d.padLeft, d.padBottom, d.padRight]),
  }
}

/** What a fused layer takes of its pool. */
export function buildPool(input: Shape, options: MaxPool2dOptions) {
  const d = op.dims(input, options)
  return { outputShape: pooledShape(d), hyperparameters: under('pool', poolHyperparameters(d)) }
}

/** x (N, C, H, W) -> y (N, C, outH, outW): the maximum of each window. */
export function maxPool2d(options: MaxPool2dOptions): LayerSpec {
  checkOptions('maxPool2d', options, maxPool2dOptions)
  return {
    kind: 'maxPool2d',
    options,
    build({ name, inputShape }) {
      const d = op.dims(inputShape, options)
      return {
        name,
        params: [],
        buffers: [],
        outputShape: pooledShape(d),
        hyperparameters: poolHyperparameters(d),
        forward(scope, x) {
          const { y, saved } = op.forward(scope, { x }, options)
          return { y, backward: (dy, _, wantDx) => op.backward(scope, dy, saved, { dx: wantDx }).dx }
        },
      }
    },
  }
}
