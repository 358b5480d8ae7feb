import { DataError, formatShape, sizeOf } from '@convkit/api'
import { type Numbers, toFloat32, toInt32 } from './numbers.js'

/** Images that are read when they are needed, since memory does not hold all of them. */
export interface ImageRows {
  /** Writes the C * H * W values of image `index`, finite and the same every time, to `into`. */
  readRow(index: number, into: Float32Array): void
}

/** What the rows of a set are held against: a class index each, or as many values each. */
export type Answers = Int32Array | Float32Array

/** Images in NCHW order with one class index each, or with values that a model is to give of them. */
export interface Dataset<Images extends Float32Array | ImageRows = Float32Array, Labels extends Answers = Int32Array> {
  /** Pixels, row-major (N, C, H, W). */
  readonly images: Images
  readonly labels: Labels
  readonly shape: readonly [n: number, channels: number, height: number, width: number]
  readonly classNames: readonly string[]
}

/** A data set in memory, or one that is streamed. */
export type AnyDataset = Dataset<Float32Array | ImageRows>

/** The same with values in the place of labels: none where each image is its own target. */
export type ValueSet = Dataset<Float32Array | ImageRows, Float32Array>

export type AnsweredSet = Dataset<Float32Array | ImageRows, Answers>

/** A data set as users have it: `AnyDataset` with any kind of numbers, and as many axes as its model's input has. */
export interface DatasetInput {
  readonly images: Numbers | ImageRows
  readonly labels: Numbers
  /** Row-major, the images' axis first: [N, C, H, W]. */
  readonly shape: readonly number[]
  readonly classNames?: readonly string[]
}

/** Images with values in the place of labels, for regression. */
export interface ValueSetInput {
  readonly images: Numbers | ImageRows
  /**
   * What the model's output is held against: values, row-major, the images' axis first; or the `images` themselves, for an
   * autoencoder, as augmentation leaves them and divided by 64, which makes pixels of 0..255 less their mean about 1 in size.
   */
  readonly targets: Numbers | 'images'
  /** That of the images: [N, C, H, W]. */
  readonly shape: readonly number[]
}

/**
 * The data set with its numbers as `Dataset` has them; arrays that are of these types already are taken as they are.
 * Pixels are finite (those of a streamed set are held to that when they are read), labels whole numbers in [0, classes), one a row. Throws a `DataError` with `what` it is of and the
 * index, in the caller's order, of the first number that is not.
 */
export function toDataset(given: DatasetInput, what: string, classes: number): AnyDataset {
  if (typeof given !== 'object' || given === null)
    throw new DataError(`${what}: expected { images, labels, shape, classNames }, got ${String(given)}`)
  const { images, labels, classNames = [] } = given
  const shape = axes(given.shape, what)
  const indices = toInt32(labels, what, shape[0], classes)
  return { images: toPixels(images, given.shape, what), labels: indices, shape, classNames }
}

/**
 * The same of a set of values, `size` a row. Throws a `DataError` with `what` it is of where images or targets are not
 * finite or not as many as they should be.
 */
export function toValueSet(given: ValueSetInput, what: string, size: number): ValueSet {
  if (typeof given !== 'object' || given === null)
    throw new DataError(`${what}: expected { images, targets, shape }, got ${String(given)}`)
  const { images, targets } = given
  const shape = axes(given.shape, what)
  const pixels = toPixels(images, given.shape, what)
  if (targets === 'images') return { images: pixels, labels: new Float32Array(), shape, classNames: [] }
  const values = toFloat32(targets, `${what}: targets`)
  if (values.length !== shape[0] * size)
    throw new DataError(
      `${what}: targets of ${shape[0]} rows with ${size} values each are ${shape[0] * size}, got ${values.length}`,
    )
  return { images: pixels, labels: values, shape, classNames: [] }
}

function toPixels(images: Numbers | ImageRows, given: readonly number[], what: string): Float32Array | ImageRows {
  if (areRows(images)) return images
  const pixels = toFloat32(images, `${what}: images`)
  const size = sizeOf(given)
  if (pixels.length !== size)
    throw new DataError(`${what}: images of shape ${formatShape(given)} have ${size} values, got ${pixels.length}`)
  return pixels
}

/** Writes row `index` of a set to `into`. Throws a `DataError` for a streamed row that is not written at once, in full
 * and with finite numbers. */
export function readRow({ images }: Pick<AnyDataset, 'images'>, index: number, into: Float32Array): void {
  if (!areRows(images)) {
    into.set(images.subarray(index * into.length, (index + 1) * into.length))
    return
  }
  // So that what a row does not write is found, and is not the row before.
  into.fill(Number.NaN)
  const result: unknown = images.readRow(index, into)
  if (result instanceof Promise) {
    result.catch(() => undefined)
    throw new DataError('images: readRow returned a promise; expected the values to be written when it returns')
  }
  const bad = into.findIndex((value) => value - value !== 0)
  if (bad !== -1) throw new DataError(`images: value ${bad} of row ${index} is ${into[bad]}; expected finite numbers`)
}

export function areRows(images: unknown): images is ImageRows {
  return typeof images === 'object' && images !== null && 'readRow' in images && typeof images.readRow === 'function'
}

/** Fewer axes than four are filled up with 1, more are taken together. */
function axes(shape: unknown, what: string): Dataset['shape'] {
  if (!Array.isArray(shape) || shape.length < 2 || !shape.every((axis) => Number.isSafeInteger(axis) && axis >= 0))
    throw new DataError(`${what}: shape must be a list of whole numbers, [N, C, H, W], got ${JSON.stringify(shape)}`)
  const [n = 0, channels = 1, height = 1, ...rest]: number[] = shape
  if (n < 1) throw new DataError(`${what} has no rows`)
  return [n, channels, height, sizeOf(rest)]
}
