import { ConfigError, checkOptions, type OptionNames } from '@convkit/api'
import { type AnyDataset, readRow } from '@convkit/data'
import { checkCounts } from './check.js'
import type { Conv2dLayerOptions } from './layers/conv2d.js'
import { symmetricEigen } from './symmetricEigen.js'

export interface WhiteningOptions {
  /** Height and width of the patches. */
  readonly kernel: number
  /** Added to each variance, so that what hardly varies is not blown up; default 0.01 of the largest. */
  readonly eps?: number
}

const optionNames: OptionNames<WhiteningOptions> = { kernel: true, eps: true }

/**
 * Options of a first convolution, frozen, that makes patches white (Coates and Ng 2011): w[f] = v[f] / sqrt(lambda[f] + eps) with
 * eigenvalues lambda and eigenvectors v of the covariance of all patches (C, kernel, kernel) of a training set, so that its
 * C * kernel * kernel outputs are uncorrelated and, but for eps, of variance 1. `layers.conv2d(whiteningFilters(train, { kernel: 2 }))`.
 */
export function whiteningFilters(images: AnyDataset, options: WhiteningOptions): Conv2dLayerOptions {
  const { kernel, eps } = checkOptions('whiteningFilters', options, optionNames)
  checkCounts('whiteningFilters', { kernel })
  const [, channels, height, width] = images.shape
  if (kernel > Math.min(height, width))
    throw new ConfigError(
      `whiteningFilters: images of ${height} x ${width} pixels have no patch of ${kernel} x ${kernel}`,
    )
  if (eps !== undefined && !(eps >= 0 && Number.isFinite(eps)))
    throw new ConfigError(`whiteningFilters: eps must be a finite number of at least 0, got ${eps}`)
  const filters = channels * kernel * kernel
  const { values, vectors } = symmetricEigen(covariance(images, kernel), filters)
  const floor = eps ?? 0.01 * Math.max(...values)
  // An eigenvalue of 0 may come out a rounding below it.
  const weights = vectors.map((value, i) => value / Math.sqrt(Math.max(0, values[Math.floor(i / filters)]) + floor))
  if (!weights.every(Number.isFinite))
    throw new ConfigError('whiteningFilters: patches do not vary in every direction, which wants an eps above 0')
  return { filters, kernel, bias: false, frozen: true, init: () => weights }
}

/** Of all patches, in float64. */
function covariance(images: AnyDataset, kernel: number): Float64Array {
  const [n, channels, height, width] = images.shape
  const size = channels * kernel * kernel
  const [row, patch, mean] = [
    new Float32Array(channels * height * width),
    new Float64Array(size),
    new Float64Array(size),
  ]
  const patches = n * (height - kernel + 1) * (width - kernel + 1)
  const overPatches = (use: () => void) => {
    for (let index = 0; index < n; index++) {
      readRow(images, index, row)
      for (let top = 0; top + kernel <= height; top++)
        for (let left = 0; left + kernel <= width; left++) {
          for (let i = 0; i < size; i++) {
            const [c, y, x] = [Math.floor(i / kernel ** 2), Math.floor(i / kernel) % kernel, i % kernel]
            patch[i] = row[(c * height + top + y) * width + left + x]
          }
          use()
        }
    }
  }
  overPatches(() => {
    for (let i = 0; i < size; i++) mean[i] += patch[i] / patches
  })
  const matrix = new Float64Array(size * size)
  overPatches(() => {
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) matrix[i * size + j] += ((patch[i] - mean[i]) * (patch[j] - mean[j])) / patches
  })
  return matrix
}
