import { join } from 'node:path'
import { checkOptions, checkSwitches, DataError, formatShape, type OptionNames, sizeOf } from '@convkit/api'
import type { Dataset, ImageRows, Picture } from '@convkit/data'
import { type Image, type ReadImageOptions, readImageOptions, readPixels } from './images.js'
import { freeMemory, gigabytes } from './memory.js'
import { PixelFile } from './pixelFile.js'
import { reason } from './reason.js'

export interface DecodeOptions extends ReadImageOptions {
  /** Where the paths of the pictures begin. */
  readonly dir: string
  readonly classNames: readonly string[]
  /** Leave out pictures that cannot be read, and tell; by default they are an error. */
  readonly skipUnreadable?: boolean
  /** Gets a line for the user. */
  readonly onNote?: (line: string) => void
  readonly signal?: AbortSignal
}

export interface ReadImagesOptions extends DecodeOptions {
  /** Bytes of memory for the images, 4 a value; default: half of what is free. */
  readonly memory?: number
}

/** A data set of pictures, with the path of each from `dir`. */
export type ReadImages<Images extends Float32Array | ImageRows = Float32Array | ImageRows> = Dataset<Images> & {
  readonly paths: readonly string[]
}

/** What is asked of many pictures, wherever they are. */
export const decodeOptions: OptionNames<Omit<DecodeOptions, 'dir' | 'classNames'>> = {
  ...readImageOptions,
  skipUnreadable: true,
  onNote: true,
  signal: true,
}
const optionNames: OptionNames<ReadImagesOptions> = { ...decodeOptions, dir: true, classNames: true, memory: true }

/** Pictures decoded at a time, and the bytes that they may take then. */
const atOnce = { pictures: 16, bytes: 2 ** 28 }
/** Pictures named in one message. */
const named = 5

/**
 * Pictures as a data set, in their order: in memory, or where that would take too much of it, streamed from a temporary
 * file, which gives the same values. Those that cannot be read are all found before any is told.
 *
 * Errors: `DataError` for unreadable pictures, images that differ in size, a class that is left with no image, or more
 * than memory and disk hold; the reason of `signal` when it is aborted.
 */
export async function readImages(pictures: readonly Picture[], options: ReadImagesOptions): Promise<ReadImages> {
  checkOptions('readImages', options, optionNames)
  return decode<Float32Array | PixelFile>(pictures, options, (n, shape) => {
    const bytes = 4 * n * sizeOf(shape)
    if (bytes <= (options.memory ?? freeMemory() / 2)) {
      try {
        return inMemory(n, shape)
      } catch (error) {
        if (!(error instanceof DataError)) throw error
      }
    }
    const store = onDisk(n, shape)
    options.onNote?.(`${n} images would take ${gigabytes(bytes)} of memory: streaming them from a temporary file`)
    return store
  })
}

/** Where decoded images are kept. */
interface Store<Images> extends Disposable {
  write(index: number, row: Uint8Array): void
  /** The first `n`. */
  images(n: number): Images
}

/** `open` is called once, before anything is decoded where the options give the size of images. */
export async function decode<Images extends Float32Array | ImageRows>(
  pictures: readonly Picture[],
  options: DecodeOptions,
  open: (n: number, shape: Image['shape']) => Store<Images>,
): Promise<ReadImages<Images>> {
  const { dir, classNames, skipUnreadable = false, onNote, size, signal } = options
  checkSwitches('images', { skipUnreadable })
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [])
  let store = height && width ? open(pictures.length, [1, 3, height, width]) : null
  try {
    const bad: string[] = []
    const labels: number[] = []
    const paths: string[] = []
    let first: { readonly path: string; readonly shape: Image['shape'] } | undefined
    for (let start = 0, count = 1; start < pictures.length; start += count) {
      signal?.throwIfAborted()
      const fit = first ? Math.floor(atOnce.bytes / sizeOf(first.shape)) : 1
      count = Math.max(1, Math.min(fit, atOnce.pictures))
      const batch = pictures.slice(start, start + count)
      const read = await Promise.allSettled(batch.map(({ path }) => readPixels(join(dir, path), options)))
      for (const [i, { path, label }] of batch.entries()) {
        const result = read[i]
        if (result?.status !== 'fulfilled') {
          if (!(result?.reason instanceof DataError)) throw result?.reason
          bad.push(reason(result.reason))
          continue
        }
        const { data, shape } = result.value
        first ??= { path, shape }
        if (formatShape(shape) !== formatShape(first.shape))
          throw new DataError(
            `${join(dir, path)}: wanted ${first.shape[2]} x ${first.shape[3]} pixels as in ${join(dir, first.path)}, got ${shape[2]} x ${shape[3]}`,
          )
        store ??= open(pictures.length, shape)
        store.write(labels.length, data)
        labels.push(label)
        paths.push(path)
      }
    }
    if (bad.length > 0) {
      const list = `${bad.slice(0, named).join('; ')}${bad.length > named ? `; and ${bad.length - named} more` : ''}`
      const told = `${bad.length} of ${pictures.length} images cannot be read: ${list}`
      if (!skipUnreadable || !first) throw new DataError(told)
      onNote?.(`left out: ${told}`)
    }
    if (!first || !store) throw new DataError(`${dir}: wanted images, found none`)
    const [wanted, found] = [new Set(pictures.map(({ label }) => label)), new Set(labels)]
    const lost = classNames.filter((_, label) => wanted.has(label) && !found.has(label))
    if (lost.length > 0) throw new DataError(`${dir}: no image of ${lost.join(', ')} can be read`)
    const [, ...image] = first.shape
    return {
      images: store.images(labels.length),
      labels: Int32Array.from(labels),
      shape: [labels.length, ...image],
      classNames,
      paths,
    }
  } catch (error) {
    store?.[Symbol.dispose]()
    throw error
  }
}

/** Throws `DataError` where there is no memory for so many. */
export function inMemory(n: number, shape: Image['shape']): Store<Float32Array> {
  const size = sizeOf(shape)
  const free = freeMemory()
  const refusal = (cause?: unknown) =>
    new DataError(
      `${n} images of ${shape.slice(1).join(' x ')} values take ${gigabytes(4 * n * size)} of memory, and ${gigabytes(free)} are free; stream them (streamImageFolder), or take fewer or smaller ones`,
      { cause },
    )
  if (4 * n * size > free) throw refusal()
  let values: Float32Array
  try {
    values = new Float32Array(n * size)
  } catch (cause) {
    throw refusal(cause)
  }
  return {
    write: (index, row) => values.set(row, index * size),
    images: (count) => values.subarray(0, count * size),
    [Symbol.dispose]() {},
  }
}

/** Throws `DataError` where the disk for temporary files has no room for so many. */
export function onDisk(n: number, shape: Image['shape']): Store<PixelFile> {
  const file = new PixelFile(n, sizeOf(shape))
  return {
    write: (index, row) => file.writeRow(index, row),
    images: () => file,
    [Symbol.dispose]: () => file[Symbol.dispose](),
  }
}
