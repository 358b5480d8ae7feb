import { ConfigError, checkOptions, type OptionNames } from '@convkit/api'
import { type Augment, described } from './augment.js'
import { checkSeed } from './random.js'
import { checkPadding, checkReach, mirror, moveImage, type PadMode } from './window.js'

/** Mirrors each image left to right with probability 1/2: y[c,h,w] = x[c,h,W-1-w]. */
export const randomFlip: Augment = described({ name: 'randomFlip' }, (images, shape, random) => {
  const flipped = images.slice()
  for (let n = 0; n < shape[0]; n++) if (random.integer(2) === 1) mirror(flipped, shape, n)
  return flipped
})

export interface AlternatingFlipOptions {
  /** Which images are mirrored in the first epoch; default 0. */
  readonly seed?: number
}

/**
 * Mirrors each image left to right in every other epoch, about half of the images in the first one, by a hash of their
 * rows: so two epochs on end show every image both ways (Jordan 2024). Draws no random numbers.
 */
export function alternatingFlip(options: AlternatingFlipOptions = {}): Augment {
  const { seed = 0 } = checkOptions('alternatingFlip', options, { seed: true })
  checkSeed('alternatingFlip', seed)
  return described({ name: 'alternatingFlip', options: { seed } }, (images, shape, _, { rows, epoch }) => {
    const flipped = images.slice()
    for (let n = 0; n < shape[0]; n++) if ((hash(rows[n], seed) + epoch) % 2 === 1) mirror(flipped, shape, n)
    return flipped
  })
}

/** 0 or 1, of a row and a seed of up to 53 bits. */
function hash(row: number, seed: number): number {
  const key = mix(mix(seed | 0) ^ Math.floor(seed / 2 ** 32))
  return mix(key ^ row) & 1
}

/** The finaliser of MurmurHash3: every bit of the result depends on every bit of the word. */
function mix(word: number): number {
  let h = word
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

export interface RandomCropOptions {
  /** Pixels on every side. */
  readonly pad: number
  /** What they are; default zero. */
  readonly mode?: PadMode
}

const cropOptions: OptionNames<RandomCropOptions> = { pad: true, mode: true }

/**
 * Pads each image by `pad` pixels on every side and cuts an H by W window out of it, its corner (dy, dx) uniform in
 * [0, 2 * pad] squared: y[c,h,w] = x[c,h+dy-pad,w+dx-pad]. Throws `ConfigError` for a pad below 0, or one that reflects more
 * than the image.
 */
export function randomCrop(options: RandomCropOptions): Augment {
  const { pad, mode = 'zero' } = checkOptions('randomCrop', options, cropOptions)
  checkPadding('randomCrop', pad, mode)
  return described({ name: 'randomCrop', options: { pad, mode } }, (images, shape, random) => {
    checkReach('randomCrop', pad, mode, shape)
    const into = new Float32Array(images.length)
    for (let n = 0; n < shape[0]; n++) {
      const down = random.integer(2 * pad + 1) - pad
      const right = random.integer(2 * pad + 1) - pad
      moveImage({ images, into, shape }, n, [down, right], mode)
    }
    return into
  })
}

export interface CutoutOptions {
  /** Height and width of the square, in pixels. */
  readonly size: number
}

/**
 * Sets a square of each image to 0, in all channels; its centre is uniform over the pixels, and what reaches beyond the
 * image is cut off (DeVries and Taylor 2017). On pixels less their mean 0 is the mean.
 */
export function cutout(options: CutoutOptions): Augment {
  const { size } = checkOptions('cutout', options, { size: true })
  if (!Number.isSafeInteger(size) || size < 1)
    throw new ConfigError(`cutout: size must be an integer of at least 1, got ${size}`)
  return described({ name: 'cutout', options: { size } }, (images, [count, channels, height, width], random) => {
    const cut = images.slice()
    for (let n = 0; n < count; n++) {
      const [top, left] = [random.integer(height), random.integer(width)].map((at) => at - Math.floor(size / 2))
      if (top === undefined || left === undefined) continue
      const [from, to] = [Math.max(left, 0), Math.min(left + size, width)]
      for (let c = 0; c < channels; c++)
        for (let h = Math.max(top, 0); h < Math.min(top + size, height); h++) {
          const row = ((n * channels + c) * height + h) * width
          cut.fill(0, row + from, row + to)
        }
    }
    return cut
  })
}
