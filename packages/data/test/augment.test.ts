import { ConfigError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Augment,
  alternatingFlip,
  compose,
  createViews,
  cutout,
  defineAugment,
  Random,
  randomCrop,
  randomFlip,
} from '../src/index.js'

const batch = fc
  .tuple(...[3, 3, 5, 5].map((max) => fc.integer({ min: 1, max })))
  .map(([n = 1, c = 1, h = 1, w = 1]) => {
    const shape = [n, c, h, w] as const
    return { shape, images: Float32Array.from({ length: n * c * h * w }, (_, i) => i + 1) }
  })
const seeds = fc.integer()
const pads = fc.integer({ min: 0, max: 6 })
const augments = fc
  .tuple(pads, fc.integer({ min: 1, max: 9 }), seeds)
  .chain(([pad, size, seed]) =>
    fc.constantFrom(
      randomFlip,
      randomCrop({ pad }),
      cutout({ size }),
      alternatingFlip({ seed }),
      compose(randomFlip, randomCrop({ pad }), cutout({ size })),
    ),
  )

type Shape = readonly [number, number, number, number]

/** An augmentation of the first rows of a set, in its first epoch or another. */
function run(augment: Augment, images: Float32Array, shape: Shape, random: Random, epoch = 0): Float32Array {
  return augment(images, shape, random, { rows: Int32Array.from({ length: shape[0] }, (_, row) => row), epoch })
}

const sorted = (values: Float32Array) => [...values].sort((a, b) => a - b)

describe('every augmentation', () => {
  it('depends on the seed alone, keeps the size and leaves its input as it was', () => {
    fc.assert(
      fc.property(batch, seeds, augments, ({ images, shape }, seed, augment) => {
        const before = images.slice()
        const once = run(augment, images, shape, new Random(seed))
        expect(once).toHaveLength(images.length)
        expect(run(augment, images, shape, new Random(seed))).toEqual(once)
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
        const flipped = run(randomFlip, images, shape, new Random(seed))
        expect(run(randomFlip, flipped, shape, new Random(seed))).toEqual(images)
        const width = shape[3]
        for (let row = 0; row < images.length; row += width)
          expect(sorted(flipped.subarray(row, row + width))).toEqual(sorted(images.subarray(row, row + width)))
      }),
      { seed: 2 },
    )
  })

  it('mirrors whole images, about half of them', () => {
    const shape = [400, 2, 1, 2] as const
    const flipped = run(
      randomFlip,
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

describe('randomCrop', () => {
  /** The padded image, indexed [c][h + 2 pad][w + 2 pad], then the window at (dy, dx). */
  function window(image: Float32Array, shape: readonly number[], crop: Crop, dy: number, dx: number): number[] {
    const [channels = 1, height = 1, width = 1] = shape
    const { pad, mode } = crop
    const at = (i: number, length: number) => (mode === 'reflect' ? length - 1 - Math.abs(length - 1 - Math.abs(i)) : i)
    const padded = Array.from({ length: channels }, (_, k) =>
      Array.from({ length: height + 2 * pad }, (_, i) =>
        Array.from({ length: width + 2 * pad }, (_, j) => {
          const [y, x] = [at(i - pad, height), at(j - pad, width)]
          const inside = y >= 0 && y < height && x >= 0 && x < width
          return inside ? (image[(k * height + y) * width + x] ?? 0) : 0
        }),
      ),
    )
    return padded.flatMap((plane) => plane.slice(dy, dy + height).flatMap((row) => row.slice(dx, dx + width)))
  }

  interface Crop {
    readonly pad: number
    readonly mode: 'zero' | 'reflect'
  }

  it.each(['zero', 'reflect'] as const)('is a window of the padded image, for each image its own: %s', (mode) => {
    fc.assert(
      fc.property(batch, seeds, pads, ({ images, shape }, seed, wanted) => {
        const pad = mode === 'zero' ? wanted : Math.min(wanted, shape[2] - 1, shape[3] - 1)
        const cropped = run(randomCrop({ pad, mode }), images, shape, new Random(seed))
        const [n, ...inner] = shape
        const pixels = images.length / n
        const draws = new Random(seed)
        for (let i = 0; i < n; i++) {
          const [dy, dx] = [draws.integer(2 * pad + 1), draws.integer(2 * pad + 1)]
          const [from, to] = [i * pixels, (i + 1) * pixels]
          const own = window(images.subarray(from, to), inner, { pad, mode }, dy, dx)
          expect([...cropped.subarray(from, to)]).toEqual(own)
        }
      }),
      { seed: 3 },
    )
  })

  it('with no padding is the identity; a negative or fractional pad is refused', () => {
    const images = Float32Array.of(1, 2, 3, 4)
    expect(run(randomCrop({ pad: 0 }), images, [1, 1, 2, 2], new Random(0))).toEqual(images)
    expect(() => randomCrop({ pad: -1 })).toThrow(ConfigError)
    expect(() => randomCrop({ pad: 0.5 })).toThrow(ConfigError)
    expect(() => randomCrop(Object({ pad: 1, mode: 'wrap' }))).toThrow('mode must be zero or reflect, got wrap')
    expect(() => randomCrop(Object({ padding: 1 }))).toThrow('there is no option padding (known: pad, mode)')
    const wide = randomCrop({ pad: 2, mode: 'reflect' })
    expect(() => run(wide, images, [1, 1, 2, 2], new Random(0))).toThrow(
      'pad 2 reflects more than images of 2 x 2 pixels',
    )
  })
})

describe('alternatingFlip', () => {
  const images = Float32Array.from({ length: 1600 }, (_, i) => i % 2)
  const shape = [400, 2, 1, 2] as const
  const firsts = (values: Float32Array) => Array.from({ length: 400 }, (_, n) => values[4 * n])

  it('mirrors about half of the images, the others in the next epoch, and the first again after it', () => {
    for (const seed of [0, 1, -1, Number.MAX_SAFE_INTEGER]) {
      const [first, second, third] = [0, 1, 2].map((epoch) =>
        run(alternatingFlip({ seed }), images, shape, new Random(0), epoch),
      )
      const mirrored = firsts(first ?? images).filter((pixel) => pixel === 1).length
      // 6 standard deviations of a fair coin thrown 400 times are 60.
      expect(Math.abs(mirrored - 200)).toBeLessThan(60)
      expect(second).toEqual(first?.map((pixel) => 1 - pixel))
      expect(third).toEqual(first)
    }
    expect(run(alternatingFlip(), images, shape, new Random(0))).not.toEqual(
      run(alternatingFlip({ seed: 2 ** 32 }), images, shape, new Random(0)),
    )
  })

  it('depends on the row of an image in its set, not on its batch or on random numbers', () => {
    const whole = run(alternatingFlip(), images, shape, new Random(0))
    const rows = Int32Array.of(3, 17, 399)
    const some = rows.length
    const part = new Float32Array(some * 4).map((_, i) => i % 2)
    const flipped = alternatingFlip()(part, [some, 2, 1, 2], new Random(9), { rows, epoch: 0 })
    expect([...rows.keys()].map((n) => flipped[4 * n])).toEqual([...rows].map((row) => whole[4 * row]))
    const random = new Random(4)
    run(alternatingFlip(), images, shape, random)
    expect(random.state).toEqual(new Random(4).state)
    expect(() => alternatingFlip({ seed: 0.5 })).toThrow(ConfigError)
  })
})

describe('cutout', () => {
  it('sets one square of each image to 0, in all channels, whose centre is anywhere', () => {
    fc.assert(
      fc.property(batch, seeds, fc.integer({ min: 1, max: 7 }), ({ images, shape }, seed, size) => {
        const cut = run(cutout({ size }), images, shape, new Random(seed))
        const [n, channels, height, width] = shape
        const draws = new Random(seed)
        for (let i = 0; i < n; i++) {
          const [y, x] = [draws.integer(height), draws.integer(width)].map((at) => at - Math.floor(size / 2))
          for (let c = 0; c < channels; c++)
            for (let h = 0; h < height; h++)
              for (let w = 0; w < width; w++) {
                const at = ((i * channels + c) * height + h) * width + w
                const inside = h >= (y ?? 0) && h < (y ?? 0) + size && w >= (x ?? 0) && w < (x ?? 0) + size
                expect(cut[at]).toBe(inside ? 0 : images[at])
              }
        }
      }),
      { seed: 5 },
    )
    for (const size of [0, -1, 1.5]) expect(() => cutout({ size })).toThrow('cutout: size must be an integer')
  })
})

describe('views', () => {
  it('are the image, moved both ways, and each mirrored', () => {
    const images = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)
    const seen = (options: object) => createViews(options).map((view) => [...view(images, [1, 1, 3, 3])].join(''))
    expect(seen({})).toEqual(['123456789'])
    expect(seen({ mirror: true })).toEqual(['123456789', '321654987'])
    const moved = ['123456789', '545212545', '565898565']
    expect(seen({ translate: 1 })).toEqual(moved)
    const mirrored = moved.map((view) =>
      [...view].map((_, i, all) => all[3 * Math.floor(i / 3) + 2 - (i % 3)]).join(''),
    )
    expect(seen({ translate: 1, mirror: true })).toEqual([...moved, ...mirrored])
    expect([...images]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(() => createViews({ translate: -1 })).toThrow(ConfigError)
    expect(() => seen({ translate: 3 })).toThrow('reflects more than images of 3 x 3 pixels')
    expect(() => createViews(Object({ flip: true }))).toThrow('there is no option flip')
  })
})

describe('an augmentation of one’s own', () => {
  it('is told by its name and options, and by its code', () => {
    const brighten = (most: number) =>
      defineAugment({ name: 'brighten', options: { most } }, (images, _, random) =>
        images.map((x) => x + most * random.uniform()),
      )
    expect(brighten(2).name).toBe('brighten(most=2)')
    expect(compose(randomFlip, brighten(3)).name).toBe('randomFlip + brighten(most=3)')
    expect(run(brighten(2), Float32Array.of(1), [1, 1, 1, 1], new Random(5))[0]).toBeCloseTo(
      1 + 2 * new Random(5).uniform(),
      6,
    )
  })
})

describe('compose', () => {
  it('applies first to last from one stream of numbers', () => {
    fc.assert(
      fc.property(batch, seeds, ({ images, shape }, seed) => {
        const random = new Random(seed)
        const byHand = run(randomCrop({ pad: 1 }), run(randomFlip, images, shape, random), shape, random)
        expect(run(compose(randomFlip, randomCrop({ pad: 1 })), images, shape, new Random(seed))).toEqual(byHand)
      }),
      { seed: 4 },
    )
  })

  it('names what it does, so that settings can be told apart', () => {
    const names = (augment: Augment) => augment.name
    expect(names(compose(randomFlip, randomCrop({ pad: 4 })))).toBe('randomFlip + randomCrop(pad=4,mode=zero)')
    expect(names(randomCrop({ pad: 2 }))).not.toBe(names(randomCrop({ pad: 3 })))
  })
})
