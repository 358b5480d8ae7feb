import type { AvgPool2dDims, FloatDType, Kernels, MaxPool2dDims } from '@convkit/api'
import { lax, numpy as np } from '@jax-js/jax'
import { type Box, filled, held, overwrite } from './box.js'
import { gradients } from './gradient.js'

const inputOf = (d: MaxPool2dDims) => [d.n, d.channels, d.inH, d.inW]
const outputOf = (d: MaxPool2dDims) => [d.n, d.channels, d.outH, d.outW]

/** `reduceWindow` has no pads, and `pad` pads with zeros. */
function padded(d: MaxPool2dDims, x: np.Array): np.Array {
  return np.pad(x, [
    [0, 0],
    [0, 0],
    [d.padTop, d.padBottom],
    [d.padLeft, d.padRight],
  ])
}

function reduced(d: MaxPool2dDims, x: np.Array, reduce: (window: np.Array) => np.Array): np.Array {
  return lax.reduceWindow(x, reduce, [d.kH, d.kW], [d.strideH, d.strideW])
}

function largest(d: MaxPool2dDims, dtype: FloatDType): (x: np.Array) => np.Array {
  return (x) => {
    if (d.padTop + d.padBottom + d.padLeft + d.padRight === 0) return reduced(d, x, np.max)
    const inside = padded(d, filled(inputOf(d), 1, dtype)).greater(0)
    const padding = filled([], -Infinity, dtype)
    return reduced(d, np.where(inside, padded(d, x), padding), np.max)
  }
}

export function maxPool2d(dtype: FloatDType): Kernels<Box>['maxPool2d'] {
  return {
    forward: (d, x, y) => overwrite([y], [largest(d, dtype)(held(x, inputOf(d)))]),
    backward: (d, dy, x, _y, dx) =>
      overwrite([dx], gradients(largest(d, dtype), [held(x, inputOf(d))], held(dy, outputOf(d)))),
  }
}

function mean(d: AvgPool2dDims, dtype: FloatDType): (x: np.Array) => np.Array {
  return (x) => {
    if (d.countIncludePad) return reduced(d, padded(d, x), np.mean)
    const counts = reduced(d, padded(d, filled(inputOf(d), 1, dtype)), np.sum)
    return reduced(d, padded(d, x), np.sum).div(counts)
  }
}

export function avgPool2d(dtype: FloatDType): Kernels<Box>['avgPool2d'] {
  return {
    forward: (d, x, y) => overwrite([y], [mean(d, dtype)(held(x, inputOf(d)))]),
    // It is linear, so its gradient is the same at every x.
    backward: (d, dy, dx) =>
      overwrite([dx], gradients(mean(d, dtype), [filled(inputOf(d), 0, dtype)], held(dy, outputOf(d)))),
  }
}
