import type { Random } from '@convkit/data'
import { sumOfProducts } from './bounds.js'
import type { Case, NdArray, Results } from './case.js'
import { gridOf, gridOfProducts } from './grid.js'
import { changed, each, inputOf } from './inputs.js'
import { randomOf } from './sharp.js'
import type { Bounds } from './spec.js'
import type { Unit } from './unit.js'
import { map } from './values.js'

/** How many products each output of a layer sums, the bias among them. */
export interface Terms {
  readonly y: number
  readonly dx: number
  readonly dw: number
  readonly db: number
}

/**
 * The bounds of a layer that is linear in x and in w: y sums products x w (and b), dx products dy w, dw products x dy, db
 * elements of dy. `absolute` are its results on absolute values.
 */
export function productBounds(c: Case, absolute: Results, unit: Unit, terms: Terms): Bounds {
  const [x, w] = [inputOf(c, 'x'), inputOf(c, 'w')]
  const { b } = c.inputs
  const { dy } = c
  const ofY = gridOfProducts(x, w)
  return each(absolute, {
    y: (y) => sumOfProducts(y, terms.y, unit, b ? Math.min(ofY, gridOf(b)) : ofY),
    ...(dy && {
      dx: (dx) => sumOfProducts(dx, terms.dx, unit, gridOfProducts(dy, w)),
      dw: (dw) => sumOfProducts(dw, terms.dw, unit, gridOfProducts(x, dy)),
      db: (db) => sumOfProducts(db, terms.db, unit, gridOf(dy)),
    }),
  })
}

/** Where the elements of a layer's operands belong. x and dy are (images, channels or filters, ...) in row-major order. */
export interface ProductLayout {
  readonly images: number
  readonly channels: number
  readonly filters: number
  ofWeight(index: number): { readonly filter: number; readonly channel: number }
}

/** Bits of significand of float32, of TF32 and float16, and of bfloat16. */
const formats = [24, 11, 8]
/** The longest sums have 2 to this power of terms. */
const longest = 20

/**
 * The case with whole numbers for operands, such that its sums are exact in any order, and such that an operand which is
 * rounded to the next coarser format shows: most are -1 or 1, and some of each operand are odd and need one bit more than that
 * format has. No product has two wide factors: x is wide in some images only, and in channels where w is not; w in
 * some filters only; dy in the other images and the other filters. Where sums are too long for a coarse unit, zeros take the
 * place of ones. `spare` bits are left to an algorithm that computes with larger numbers than the operands.
 */
export function wholeProducts(c: Case, layout: ProductLayout, terms: Terms, unit: Unit, spare = 0): Case {
  const { images, channels, filters, ofWeight } = layout
  const [x, w] = [inputOf(c, 'x'), inputOf(c, 'w')]
  const random = randomOf(c)
  const bits = Math.floor(-Math.log2(unit.u))
  const narrow = formats.find((format) => format < bits) ?? Math.max(1, bits - 3)
  const wide = Math.max(narrow + 1, bits - longest)
  // A quarter of what a sum may reach for the ones, and far less for the wide values of either factor: they are drawn, and may
  // come together.
  const share = 2 ** (bits - spare - 2)
  const ones = Math.min(1, share / Math.max(terms.y, terms.dx, terms.dw))
  // Wide values are three quarters of 2^wide on average, and stand in half of what an output sums.
  const wides = (summed: number) => Math.min(1 / 4, share / 4 / (summed * 0.375 * 2 ** wide))

  const [imageCoins, channelCoins, filterCoins] = [images, channels, filters].map((count) => coins(random, count))
  const sign = () => (random.uniform() < 0.5 ? -1 : 1)
  const wideValue = () => {
    const top = narrow + random.integer(wide - narrow)
    return sign() * (2 ** top + 1 + 2 * random.integer(2 ** Math.min(30, top - 1)))
  }
  const draw = (share: number) => {
    if (share > 0 && random.uniform() < share) return wideValue()
    return ones === 1 || random.uniform() < ones ? sign() : 0
  }
  /** Of an array (images, count, ...). */
  const fill = (array: NdArray, count: number, summed: number, isWide: (image: number, part: number) => boolean) => {
    const inner = array.data.length / (images * count)
    const share = wides(summed)
    return map(array, (_, i) => draw(isWide(Math.floor(i / inner / count), Math.floor(i / inner) % count) ? share : 0))
  }
  const ofW = wides(Math.max(terms.y, terms.dx))
  return changed(c, {
    inputs: {
      x: fill(x, channels, Math.max(terms.y, terms.dw), (n, channel) => imageCoins[n] && !channelCoins[channel]),
      w: map(w, (_, i) => {
        const { filter, channel } = ofWeight(i)
        return draw(filterCoins[filter] && channelCoins[channel] ? ofW : 0)
      }),
      ...(c.inputs.b && { b: map(c.inputs.b, () => random.integer(17) - 8) }),
    },
    dy:
      c.dy && fill(c.dy, filters, Math.max(terms.dx, terms.dw), (n, filter) => !imageCoins[n] && !filterCoins[filter]),
  })
}

/** Heads and tails, neither of them missing where there are two. */
function coins(random: Random, count: number): boolean[] {
  const drawn = Array.from({ length: count }, () => random.uniform() < 0.5)
  if (count > 1 && drawn.every((coin) => coin === drawn[0])) drawn[random.integer(count)] = !drawn[0]
  return drawn
}
