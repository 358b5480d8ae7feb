import { ConfigError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Augment, compose, padCrop, Random, randomFlip } from '../src/index.js'

const batch = fc
  .tuple(...[3, 3, 5, 5].map((max) => fc.integer({ min: 1, max })))
  .map(([n = 1, c = 1, h = 1, w = 1]) => {
    const shape = [n, c, h, w] as const
    return { shape, images: Float32Array.from({ length: n * c * h * w }, (_, i) => i + 1) }
  })
const seeds = fc.integer()
const pads = fc.integer({ min: 0, max: 6 })
const augments = pads.chain((pad) => fc.constantFrom(randomFlip, padCrop(pad), compose(randomFlip, padCrop(pad))))

const sorted = (values: Float32Array) => [...values].sort((a, b) => a - b)

describe('every augmentation', () => {
  it('depends on the seed alone, keeps the size and leaves its input as it was', () => {
    fc.assert(
      fc.property(batch, seeds, augments, ({ images, shape }, seed, augment) => {
        const before = images.slice()
        const once = augment(images, shape, new Random(seed))
        expect(once).toHaveLength(images.length)
        expect(augment(images, shape, new Random(seed))).toEqual(once)
        expect(images).toEqual(before)
      }),
      { seed: 1 },
    )
  })
})

describe('randomFlip', () => {
  it('is its own inverse and keeps every image and row its pixels', () => {
    fc.assert(
      fc.property(batch, seeds, ({ images, shape }, seed) => {
        const flipped = randomFlip(images, shape, new Random(seed))
        expect(randomFlip(flipped, shape, new Random(seed))).toEqual(images)
        const width = shape[3]
        for (let row = 0; row < images.length; row += width)
          expect(sorted(flipped.subarray(row, row + width))).toEqual(sorted(images.subarray(row, row + width)))
      }),
      { seed: 2 },
    )
  })

  it('mirrors whole images, about half of them', () => {
    const shape = [400, 2, 1, 2] as const
    const flipped = randomFlip(
      Float32Array.from({ length: 1600 }, (_, i) => i % 2),
      shape,
      new Random(7),
    )
    const counts = { flipped: 0, kept: 0, torn: 0 }
    for (let image = 0; image < 400; image++) {
      const pixels = flipped.subarray(image * 4, image * 4 + 4).join('')
      counts[pixels === '1010' ? 'flipped' : pixels === '0101' ? 'kept' : 'torn']++
    }
    expect(counts.torn).toBe(0)
    // 6 standard deviations of a fair coin thrown 400 times are 60.
    expect(Math.abs(counts.flipped - 200)).toBeLessThan(60)
  })
})

describe('padCrop', () => {
  /** The image with a border of zeros, indexed [c][h + 2 pad][w + 2 pad], then the window at (dy, dx). */
  function window(image: Float32Array, [c, h, w]: readonly number[], pad: number, dy: number, dx: number): number[] {
    const [channels = 1, height = 1, width = 1] = [c, h, w]
    const padded = Array.from({ length: channels }, (_, k) =>
      Array.from({ length: height + 2 * pad }, (_, i) =>
        Array.from({ length: width + 2 * pad }, (_, j) => {
          const [y, x] = [i - pad, j - pad]
          const inside = y >= 0 && y < height && x >= 0 && x < width
          return inside ? (image[(k * height + y) * width + x] ?? 0) : 0
        }),
      ),
    )
    return padded.flatMap((plane) => plane.slice(dy, dy + height).flatMap((row) => row.slice(dx, dx + width)))
  }

  it('is a window of the zero-padded image, for each image its own', () => {
    fc.assert(
      fc.property(batch, seeds, pads, ({ images, shape }, seed, pad) => {
        const cropped = padCrop(pad)(images, shape, new Random(seed))
        const [n, ...inner] = shape
        const pixels = images.length / n
        const draws = new Random(seed)
        for (let i = 0; i < n; i++) {
          const [dy, dx] = [draws.integer(2 * pad + 1), draws.integer(2 * pad + 1)]
          const [from, to] = [i * pixels, (i + 1) * pixels]
          expect([...cropped.subarray(from, to)]).toEqual(window(images.subarray(from, to), inner, pad, dy, dx))
        }
      }),
      { seed: 3 },
    )
  })

  it('with no padding is the identity; a negative or fractional pad is refused', () => {
    const images = Float32Array.of(1, 2, 3, 4)
    expect(padCrop(0)(images, [1, 1, 2, 2], new Random(0))).toEqual(images)
    expect(() => padCrop(-1)).toThrow(ConfigError)
    expect(() => padCrop(0.5)).toThrow(ConfigError)
  })
})

describe('compose', () => {
  it('applies first to last from one stream of numbers', () => {
    fc.assert(
      fc.property(batch, seeds, ({ images, shape }, seed) => {
        const random = new Random(seed)
        const byHand = padCrop(1)(randomFlip(images, shape, random), shape, random)
        expect(compose(randomFlip, padCrop(1))(images, shape, new Random(seed))).toEqual(byHand)
      }),
      { seed: 4 },
    )
  })

  it('names what it does, so that settings can be told apart', () => {
    const names = (augment: Augment) => augment.name
    expect(names(compose(randomFlip, padCrop(4)))).toBe('randomFlip + padCrop(4)')
    expect(names(padCrop(2))).not.toBe(names(padCrop(3)))
  })
})
