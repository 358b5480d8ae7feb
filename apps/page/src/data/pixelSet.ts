import type { Dataset } from '@convkit/data'
import { size, values } from './pixels.js'

/** Images of 32 by 32 pixels with labels: first those to train on, then those to validate on, then those to test on. */
export interface PixelSet {
  /** The visitor's. */
  readonly own: boolean
  readonly title: string
  /** (N, 3, 32, 32), 0..255. */
  readonly pixels: Uint8Array
  readonly labels: readonly number[]
  readonly classNames: readonly string[]
  readonly counts: Counts
}

export interface Counts {
  readonly train: number
  readonly validation: number
  readonly test: number
}

export interface Splits {
  readonly train: Dataset
  readonly validation: Dataset
  readonly test: Dataset
  /** Subtracted from every image. */
  readonly mean: Float64Array
}

/** Less the mean of the training images, or one that a model was trained with. */
export function splitsOf({ pixels, labels, classNames, counts }: PixelSet, given: Float64Array | null = null): Splits {
  const mean = given ?? meanOf(pixels.subarray(0, counts.train * values))
  const part = (first: number, count: number): Dataset => ({
    images: centred(pixels.subarray(first * values, (first + count) * values), mean),
    labels: Int32Array.from(labels.slice(first, first + count)),
    shape: [count, 3, 32, 32],
    classNames,
  })
  return {
    train: part(0, counts.train),
    validation: part(counts.train, counts.validation),
    test: part(counts.train + counts.validation, counts.test),
    mean,
  }
}

/** The first training images as they are: enough to build a network for them. */
export function firstImages({ pixels, labels, classNames }: PixelSet, most = 100): Dataset {
  const count = Math.min(most, labels.length)
  const images = Float32Array.from(pixels.subarray(0, count * values))
  return { images, labels: Int32Array.from(labels.slice(0, count)), shape: [count, 3, size, size], classNames }
}

/** The pixels less the mean image, as the network takes them. */
export function centred(pixels: Uint8Array, mean: Float64Array): Float32Array {
  const images = new Float32Array(pixels.length)
  for (let i = 0; i < pixels.length; i++) images[i] = pixels[i] - mean[i % values]
  return images
}

function meanOf(pixels: Uint8Array): Float64Array {
  const mean = new Float64Array(values)
  for (let i = 0; i < pixels.length; i++) mean[i % values] += pixels[i]
  return mean.map((sum) => sum / (pixels.length / values))
}
