import { ConfigError, checkOptions, checkSwitches, type OptionNames, type Shape } from '@convkit/api'
import { type AnyDataset, readRow } from '@convkit/data'
import { checkCounts } from './check.js'
import type { Conv2dLayerOptions } from './layers/conv2d.js'
import { symmetricEigen } from './symmetricEigen.js'

export interface WhiteningOptions {
  /** Height and width of the patches. */
  readonly kernel: number
  /** Added to each variance, so that what hardly varies is not blown up; default 0.01 of the largest. */
  readonly eps?: number
  /** Each filter a second time with the opposite sign, so that an activation after it loses nothing (Jordan 2024); default false. */
  readonly bothSigns?: boolean
}

const optionNames: OptionNames<WhiteningOptions> = { kernel: true, eps: true, bothSigns: true }

/**
 * Options of a first convolution, frozen, that makes patches white (Coates and Ng 2011): w[f] = v[f] / sqrt(lambda[f] + eps) with
 * eigenvalues lambda and eigenvectors v of the covariance of all patches (C, kernel, kernel) of a training set, so that its
 * C * kernel * kernel outputs are uncorrelated and, but for eps, of variance 1. `layers.conv2d(whiteningFilters(train, { kernel: 2 }))`.
 *
 * The shape (C, H, W) of an image in the place of the set is enough where the weights come from a file. Throws `ConfigError`; of
 * what the images show, when the weights are drawn.
 */
export function whiteningFilters(images: AnyDataset | Shape, options: WhiteningOptions): Conv2dLayerOptions {
  const { kernel, eps, bothSigns = false } = checkOptions('whiteningFilters', options, optionNames)
  checkCounts('whiteningFilters', { kernel })
  checkSwitches('whiteningFilters', { bothSigns })
  const [channels = 0, height = 0, width = 0] = isShape(images) ? images : images.shape.slice(1)
  if (kernel > Math.min(height, width))
    throw new ConfigError(
      `whiteningFilters: images of ${height} x ${width} pixels have no patch of ${kernel} x ${kernel}`,
    )
  if (eps !== undefined && !(eps >= 0 && Number.isFinite(eps)))
    throw new ConfigError(`whiteningFilters: eps must be a finite number of at least 0, got ${eps}`)
  const init = () => {
    if (isShape(images))
      throw new ConfigError('whiteningFilters: first weights want the training images, got only their shape')
    const weights = whitening(images, kernel, eps)
    return bothSigns ? Float64Array.from([...weights, ...weights.map((value) => -value)]) : weights
  }
  const filters = (bothSigns ? 2 : 1) * channels * kernel * kernel
  return { filters, kernel, bias: false, frozen: true, init }
}

const isShape = (images: AnyDataset | Shape): images is Shape => Array.isArray(images)

function whitening(images: AnyDataset, kernel: number, eps: number | undefined): Float64Array {
  const size = images.shape[1] * kernel * kernel
  const { values, vectors } = symmetricEigen(covariance(images, kernel), size)
  const floor = eps ?? 0.01 * Math.max(...values)
  // An eigenvalue of 0 may come out a rounding below it.
  const weights = vectors.map((value, i) => value / Math.sqrt(Math.max(0, values[Math.floor(i / size)]) + floor))
  if (!weights.every(Number.isFinite))
    throw new ConfigError('whiteningFilters: patches do not vary in every direction, which wants an eps above 0')
  return weights
}

/** Of all patches, in float64: about the first patch, so that no large mean is subtracted from a large square. */
function covariance(images: AnyDataset, kernel: number): Float64Array {
  const [n, channels, height, width] = images.shape
  const size = channels * kernel * kernel
  const row = new Float32Array(channels * height * width)
  const offsets = Array.from({ length: size }, (_, i) => {
    const [c, y, x] = [Math.floor(i / kernel ** 2), Math.floor(i / kernel) % kernel, i % kernel]
    return (c * height + y) * width + x
  })
  readRow(images, 0, row)
  const origin = Float64Array.from(offsets, (offset) => row[offset])
  const [patch, sums, products] = [new Float64Array(size), new Float64Array(size), new Float64Array(size * size)]
  for (let index = 0; index < n; index++) {
    readRow(images, index, row)
    for (let top = 0; top + kernel <= height; top++)
      for (let left = 0; left + kernel <= width; left++)
        for (let i = 0; i < size; i++) {
          const value = row[offsets[i] + top * width + left] - origin[i]
          patch[i] = value
          sums[i] += value
          for (let j = 0; j <= i; j++) products[i * size + j] += value * patch[j]
        }
  }
  const patches = n * (height - kernel + 1) * (width - kernel + 1)
  return products.map((_, at) => {
    const [i, j] = [Math.floor(at / size), at % size]
    const product = products[Math.max(i, j) * size + Math.min(i, j)]
    return product / patches - (sums[i] / patches) * (sums[j] / patches)
  })
}
