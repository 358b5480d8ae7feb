import { ConfigError } from '@convkit/api'
import type { Dataset } from './dataset.js'

/** What lies outside of an image: zeros, or the image mirrored at its first and last pixels, which are not repeated. */
export type PadMode = 'zero' | 'reflect'

/** Throws `ConfigError` for what is no padding. */
export function checkPadding(owner: string, pad: number, mode: PadMode): void {
  if (!Number.isSafeInteger(pad) || pad < 0)
    throw new ConfigError(`${owner}: pad must be an integer of at least 0, got ${pad}`)
  if (mode !== 'zero' && mode !== 'reflect')
    throw new ConfigError(`${owner}: mode must be zero or reflect, got ${String(mode)}`)
}

/** Throws `ConfigError` where a mirror would have to reach beyond the other side of the image. */
export function checkReach(owner: string, pad: number, mode: PadMode, [, , height, width]: Dataset['shape']): void {
  if (mode === 'reflect' && pad >= Math.min(height, width))
    throw new ConfigError(`${owner}: pad ${pad} reflects more than images of ${height} x ${width} pixels have`)
}

/** Mirrors image `n` of images (N, C, H, W) left to right, in place: y[c,h,w] = x[c,h,W-1-w]. */
export function mirror(images: Float32Array, [, channels, height, width]: Dataset['shape'], n: number): void {
  const pixels = channels * height * width
  for (let row = n * pixels; row < (n + 1) * pixels; row += width) images.subarray(row, row + width).reverse()
}

/** Image `n` moved, into `into`: y[c,h,w] = x[c,h+down,w+right], outside of x as `mode` says. */
export function moveImage(
  from: { readonly images: Float32Array; readonly into: Float32Array; readonly shape: Dataset['shape'] },
  n: number,
  [down, right]: readonly [down: number, right: number],
  mode: PadMode,
): void {
  const { images, into, shape } = from
  const [, channels, height, width] = shape
  const columns = Int32Array.from({ length: width }, (_, w) => source(w + right, width, mode))
  for (let c = 0; c < channels; c++)
    for (let h = 0; h < height; h++) {
      const own = ((n * channels + c) * height + h) * width
      const line = source(h + down, height, mode)
      const start = own + (line - h) * width
      for (let w = 0; w < width; w++) into[own + w] = line < 0 || columns[w] < 0 ? 0 : images[start + columns[w]]
    }
}

/** Where a pixel outside of [0, length) comes from; -1 for a zero. */
function source(at: number, length: number, mode: PadMode): number {
  if (at >= 0 && at < length) return at
  if (mode === 'zero') return -1
  return at < 0 ? -at : 2 * (length - 1) - at
}
