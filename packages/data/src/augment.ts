import { ConfigError } from '@convkit/api'
import type { Dataset } from './dataset.js'
import type { Random } from './random.js'

/**
 * A random change to a batch of images (N, C, H, W) that keeps its shape: a new array, the input untouched. Its `name`
 * says what it does with which settings: a checkpoint tells one augmentation from another by name and code, but cannot
 * see the variables that the code reads.
 */
export type Augment = (images: Float32Array, shape: Dataset['shape'], random: Random) => Float32Array

/** The code of the parts of an augmentation that are not the library's. */
const foreign = new WeakMap<Augment, string>()

/** The code of an augmentation, less the parts that the library's own functions made: those are told by name. */
export function augmentCode(augment: Augment): string {
  return foreign.get(augment) ?? String(augment)
}

function named(name: string, augment: Augment, code = ''): Augment {
  foreign.set(augment, code)
  return Object.defineProperty(augment, 'name', { value: name })
}

/** Mirrors each image left to right with probability 1/2: y[c,h,w] = x[c,h,W-1-w]. */
export const randomFlip: Augment = named('randomFlip', (images, [n, channels, height, width], random) => {
  const flipped = images.slice()
  const pixels = channels * height * width
  for (let image = 0; image < n; image++) {
    if (random.integer(2) === 0) continue
    for (let row = image * pixels; row < (image + 1) * pixels; row += width)
      flipped.subarray(row, row + width).reverse()
  }
  return flipped
})

/**
 * Pads each image with `pad` zeros on every side and cuts an H by W window out of it, its corner (dy, dx) uniform in
 * [0, 2 * pad] squared: y[c,h,w] = x[c,h+dy-pad,w+dx-pad], zero outside x. Throws `ConfigError` for a negative pad.
 */
export function padCrop(pad: number): Augment {
  if (!Number.isSafeInteger(pad) || pad < 0)
    throw new ConfigError(`padCrop: pad must be an integer of at least 0, got ${pad}`)
  return named(`padCrop(${pad})`, (images, [n, channels, height, width], random) => {
    const cropped = new Float32Array(images.length)
    for (let image = 0; image < n; image++) {
      const down = random.integer(2 * pad + 1) - pad
      const right = random.integer(2 * pad + 1) - pad
      const from = Math.max(right, 0)
      const to = Math.min(width + right, width)
      for (let row = image * channels * height; row < (image + 1) * channels * height; row++) {
        const source = (row % height) + down
        if (source < 0 || source >= height || from >= to) continue
        const start = (row + down) * width
        cropped.set(images.subarray(start + from, start + to), row * width + from - right)
      }
    }
    return cropped
  })
}

/** One augmentation after another, first to last. */
export function compose(...augments: readonly Augment[]): Augment {
  return named(
    augments.map(({ name }) => name).join(' + '),
    (images, shape, random) => augments.reduce((result, augment) => augment(result, shape, random), images),
    augments.map(augmentCode).join(''),
  )
}
