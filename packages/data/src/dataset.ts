import { DataError, formatShape, sizeOf } from '@convkit/api'
import { type Numbers, toFloat32, toInt32 } from './numbers.js'

/** Images that are read when they are needed, since memory does not hold all of them. */
export interface ImageRows {
  /** Writes the C * H * W values of image `index`, finite and the same every time, to `into`. */
  readRow(index: number, into: Float32Array): void
}

/** Images in NCHW order with one class index each. */
export interface Dataset<Images extends Float32Array | ImageRows = Float32Array> {
  /** Pixels, row-major (N, C, H, W). */
  readonly images: Images
  readonly labels: Int32Array
  readonly shape: readonly [n: number, channels: number, height: number, width: number]
  readonly classNames: readonly string[]
}

/** A data set in memory, or one that is streamed. */
export type AnyDataset = Dataset<Float32Array | ImageRows>

/** A data set as users have it: `AnyDataset` with any kind of numbers, and as many axes as its model's input has. */
export interface DatasetInput {
  readonly images: Numbers | ImageRows
  readonly labels: Numbers
  /** Row-major, the images' axis first: [N, C, H, W]. */
  readonly shape: readonly number[]
  readonly classNames?: readonly string[]
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
  const [n, channels, height, width] = axes(given.shape, what)
  const size = channels * height * width
  const indices = toInt32(labels, what, n, classes)
  const shape = [n, channels, height, width] as const
  if (areRows(images)) return { images, labels: indices, shape, classNames }
  const pixels = toFloat32(images, `${what}: images`)
  if (pixels.length !== n * size)
    throw new DataError(
      `${what}: images of shape ${formatShape(given.shape)} have ${n * size} values, got ${pixels.length}`,
    )
  return { images: pixels, labels: indices, shape, classNames }
}

/** Writes row `index` of a set to `into`. Throws a `DataError` for a streamed row that is not written at once, in full
 * and with finite numbers. */
export function readRow({ images }: AnyDataset, index: number, into: Float32Array): void {
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
