import { freemem } from 'node:os'
import { join } from 'node:path'
import { DataError, formatShape, sizeOf } from '@convkit/api'
import type { Dataset } from '../dataset.js'
import type { Picture } from '../pictures.js'
import { type Image, type ReadImageOptions, readImage } from './images.js'
import { reason } from './reason.js'

export interface ReadImagesOptions extends ReadImageOptions {
  /** Where the paths of the pictures begin. */
  readonly dir: string
  readonly classNames: readonly string[]
  /** Leave out pictures that cannot be read, and tell; by default they are an error. */
  readonly skipUnreadable?: boolean
  /** Gets a line for the user. */
  readonly onNote?: (line: string) => void
}

/** Pictures decoded at a time. */
const atOnce = 16
/** Pictures named in one message. */
const named = 5

/**
 * Pictures as a data set, in their order. Those that cannot be read are all found before any is told.
 *
 * Errors: `DataError` for unreadable pictures, images that differ in size, a class that is left with no image, or
 * more than can be held in memory.
 */
export async function readImages(pictures: readonly Picture[], options: ReadImagesOptions): Promise<Dataset> {
  const { dir, classNames, skipUnreadable = false, onNote, size } = options
  const bad: string[] = []
  const labels: number[] = []
  let first: { readonly path: string; readonly shape: Image['shape'] } | undefined
  // Where the size is known, so is the memory, before hours of decoding.
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [])
  let images = height && width ? allocate(pictures.length, [1, 3, height, width]) : new Float32Array()
  for (let start = 0; start < pictures.length; start += atOnce) {
    const batch = pictures.slice(start, start + atOnce)
    const read = await Promise.allSettled(batch.map(({ path }) => readImage(join(dir, path), options)))
    for (const [i, { path, label }] of batch.entries()) {
      const result = read[i]
      if (result?.status !== 'fulfilled') {
        if (!(result?.reason instanceof DataError)) throw result?.reason
        bad.push(reason(result.reason))
        continue
      }
      const { data, shape } = result.value
      if (!first) {
        first = { path, shape }
        if (images.length === 0) images = allocate(pictures.length, shape)
      }
      if (formatShape(shape) !== formatShape(first.shape))
        throw new DataError(
          `${join(dir, path)}: wanted ${first.shape[2]} x ${first.shape[3]} pixels as in ${join(dir, first.path)}, got ${shape[2]} x ${shape[3]}`,
        )
      images.set(data, labels.length * data.length)
      labels.push(label)
    }
  }
  if (bad.length > 0) {
    const list = `${bad.slice(0, named).join('; ')}${bad.length > named ? `; and ${bad.length - named} more` : ''}`
    const told = `${bad.length} of ${pictures.length} images cannot be read: ${list}`
    if (!skipUnreadable || !first) throw new DataError(told)
    onNote?.(`left out: ${told}`)
  }
  if (!first) throw new DataError(`${dir}: wanted images, found none`)
  const [wanted, found] = [new Set(pictures.map(({ label }) => label)), new Set(labels)]
  const lost = classNames.filter((_, label) => wanted.has(label) && !found.has(label))
  if (lost.length > 0) throw new DataError(`${dir}: no image of ${lost.join(', ')} can be read`)
  const [, ...image] = first.shape
  return {
    images: images.subarray(0, labels.length * sizeOf(image)),
    labels: Int32Array.from(labels),
    shape: [labels.length, ...image],
    classNames,
  }
}

/** Throws `DataError` before anything is decoded or allocated where there is no memory for it. */
function allocate(n: number, [, channels, height, width]: Image['shape']): Float32Array<ArrayBuffer> {
  const values = n * channels * height * width
  const free = process.availableMemory?.() ?? freemem()
  const refusal = (cause?: unknown) =>
    new DataError(
      `${n} images of ${channels} x ${height} x ${width} values take ${gigabytes(4 * values)} of memory, and ${gigabytes(free)} are free; take fewer (--train, --validation) or smaller ones (--image-size)`,
      { cause },
    )
  if (4 * values > free) throw refusal()
  try {
    return new Float32Array(values)
  } catch (cause) {
    throw refusal(cause)
  }
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)} GB`
}
