import { extname } from 'node:path'
import { ConfigError, checkOptions, DataError, type OptionNames, ShapeError } from '@convkit/api'
import { pictureFormats } from '@convkit/data'
import { readWholeFile, writeWholeFile } from '@convkit/files'
import { loadSharp } from './installed.js'
import { toPixels, toPlanes } from './planes.js'
import { nameHint, reason } from './reason.js'

/** A colour image in NCHW order, values 0..255. */
export interface Image {
  readonly data: Float32Array
  readonly shape: readonly [n: 1, channels: 3, height: number, width: number]
}

/** What can be written: (1, C, H, W), (C, H, W) or (H, W) with C 3 (colour) or 1 (grayscale), values 0..255. */
export interface WritableImage {
  readonly data: Float32Array | Float64Array | Int32Array
  readonly shape: readonly number[]
}

export type ImageFormat = 'png' | 'jpeg' | 'webp'

export interface ReadImageOptions {
  /** Height and width to resize to, the aspect ratio not kept; a number for both. Default: as in the file. */
  readonly size?: number | readonly [height: number, width: number]
  /** `centre` cuts the largest centred part with the aspect ratio of `size` (square by default) before resizing. */
  readonly crop?: 'centre'
}

export const readImageOptions: OptionNames<ReadImageOptions> = { size: true, crop: true }

/** As the library of pictures calls the formats of `pictureFormats`. */
const readable = ['jpeg', 'png', 'webp', 'gif', 'av1']

/**
 * Reads a JPEG, PNG, WebP, GIF or AVIF file as sRGB: upright as its EXIF orientation says, grayscale as three equal channels,
 * transparency over white.
 *
 * Errors: `DataError` naming the file when it is missing, damaged, no image or of another format; `ConfigError` without
 * sharp, which reads it.
 */
export async function readImage(path: string, options: ReadImageOptions = {}): Promise<Image> {
  const { data, shape } = await readPixels(path, checkOptions('readImage', options, readImageOptions))
  return { data: Float32Array.from(data), shape }
}

/** `readImage` with a byte a value. */
export async function readPixels(
  path: string,
  { size, crop }: ReadImageOptions,
): Promise<{ readonly data: Uint8Array; readonly shape: Image['shape'] }> {
  if (crop !== undefined && crop !== 'centre')
    throw new ConfigError(`readImage: crop must be centre, got ${String(crop)}`)
  const [height, width] = typeof size === 'number' ? [size, size] : (size ?? [undefined, undefined])
  for (const side of [height, width]) {
    if (side !== undefined && !(Number.isInteger(side) && side > 0)) {
      throw new ShapeError(`readImage: size wanted positive integers, got ${size}`)
    }
  }
  const sharp = await loadSharp()
  try {
    const file = sharp(await readWholeFile(path))
    const { format, compression, autoOrient } = await file.metadata()
    if (!readable.includes(format === 'heif' ? (compression ?? '') : format))
      throw new DataError(`it is ${format}; expected ${pictureFormats}`)
    const image = file.clone().autoOrient()
    if (crop) image.extract(centre(autoOrient, (width ?? 1) / (height ?? 1)))
    if (size !== undefined) image.resize({ height, width, fit: 'fill' })
    const { data, info } = await image
      .flatten({ background: 'white' })
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true })
    const planes = new Uint8Array(data.length)
    toPlanes(data, 3, planes)
    return { data: planes, shape: [1, 3, info.height, info.width] }
  } catch (cause) {
    throw new DataError(`cannot read image ${path}: ${reason(cause)}${nameHint(path)}`, { cause })
  }
}

/** The largest centred region of the given width / height. */
function centre(image: { width: number; height: number }, aspect: number) {
  const width = Math.max(1, Math.round(Math.min(image.width, image.height * aspect)))
  const height = Math.max(1, Math.round(Math.min(image.height, image.width / aspect)))
  return { left: (image.width - width) >> 1, top: (image.height - height) >> 1, width, height }
}

/**
 * The bytes of an image file. Values are clamped to [0, 255] and rounded to the nearest integer (ties to even).
 *
 * Errors: `ShapeError` unless `image` is one image of 1 or 3 channels; `ConfigError` without sharp, which writes it.
 */
export async function encodeImage(image: WritableImage, format: ImageFormat): Promise<Uint8Array> {
  const { data, shape } = image
  const [n, channels = 0, height = 0, width = 0] = [1, 1, ...shape].slice(-4)
  const isImage = shape.length >= 2 && shape.length <= 4 && n === 1 && (channels === 1 || channels === 3)
  if (!isImage || data.length !== channels * height * width || data.length === 0) {
    throw new ShapeError(`encodeImage: wanted [1, 3 or 1, H, W], got [${shape}] with ${data.length} values`)
  }
  const pixels = new Uint8ClampedArray(data.length)
  toPixels(data, channels, pixels)
  const sharp = await loadSharp()
  return sharp(pixels, { raw: { width, height, channels: channels === 3 ? 3 : 1 } })
    .toColourspace(channels === 3 ? 'srgb' : 'b-w')
    .toFormat(format)
    .toBuffer()
}

const formats: Readonly<Record<string, ImageFormat>> = {
  '.png': 'png',
  '.jpg': 'jpeg',
  '.jpeg': 'jpeg',
  '.webp': 'webp',
}

/**
 * Writes an image file in the format of its extension (png, jpg, jpeg, webp): whole or not at all.
 *
 * Errors: `ConfigError` for another extension; `ShapeError` as `encodeImage`; `DataError` when it cannot be written.
 */
export async function writeImage(path: string, image: WritableImage): Promise<void> {
  const format = formats[extname(path).toLowerCase()]
  if (!format) throw new ConfigError(`writeImage: wanted one of ${Object.keys(formats).join(' ')}, got ${path}`)
  const bytes = await encodeImage(image, format)
  await writeWholeFile(path, bytes)
}
