import { type MaxPool2dDims, maxPool2d } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { type Share, shareOf } from '../conventions/maxPool2d.js'
import { exactly, gamma } from '../core/bounds.js'
import type { Case, NdArray, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { distinct, kinkedValues } from '../core/distinct.js'
import { extend } from '../core/gather.js'
import { exactBelow, gridOf } from '../core/grid.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import type { Law, LayerSpec, Subject } from '../core/spec.js'
import { whole } from '../core/sweep.js'
import { underWindows } from '../core/underWindows.js'
import type { Unit } from '../core/unit.js'
import { map, type ValueKind } from '../core/values.js'
import { variantOf } from '../core/variant.js'
import { Violation } from '../core/violation.js'
import { batchOrder } from '../laws/batchOrder.js'
import { anywhere } from '../laws/centralDifference.js'
import { related } from '../laws/relation.js'
import { sameBits } from '../laws/sameBits.js'
import { saved } from '../laws/saved.js'
import { ofCopies, scale } from '../laws/scale.js'
import { signedZeros } from '../laws/signedZeros.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import {
  channelOrder,
  largeWindows,
  longWindows,
  sharpWindows,
  smallWindows,
  strideOne,
  transposition,
  type WindowSizes,
  windowAttrs,
  windows,
} from './window.js'
import { windowSweeps } from './windowSweeps.js'

type Kind = ValueKind | 'distinct'

function cases(size: WindowSizes, kinds: readonly Kind[]): fc.Arbitrary<Case> {
  return fc
    .record({ window: windows(size), kind: fc.constantFrom(...kinds), seed: seeds })
    .map(({ window: { shape, attrs }, kind, seed }) => {
      const random = new Random(seed)
      const x = kinkedValues(random, shape, kind)
      const d = maxPool2d.dims(shape, attrs)
      const dy = kinkedValues(random, [d.n, d.channels, d.outH, d.outW], kind)
      return { layer: 'maxPool2d', attrs: { ...attrs }, inputs: { x }, dy }
    })
}

function dimsOf(c: Case): MaxPool2dDims {
  return maxPool2d.dims(inputOf(c, 'x').shape, windowAttrs(c))
}

function dyOf(c: Case): NdArray {
  if (!c.dy) throw new Violation('maxPool2d: the case has no dy', { case: c })
  return c.dy
}

/** The rule in so many words: who takes the gradient of each window. */
function shares(c: Case, { conventions }: Pick<Unit, 'conventions'>): Share[] {
  const x = inputOf(c, 'x').data
  return underWindows(dimsOf(c)).map((window) => shareOf(x, window, conventions.maxPool2d))
}

/** y is what the takers hold, or NaN, and dx[i] the sum of what x[i] takes of dy. */
function byRule(c: Case, taken: readonly Share[]): Results {
  const [x, dy] = [inputOf(c, 'x'), dyOf(c)]
  const dx = map(x, () => 0)
  for (const [out, { takers, part }] of taken.entries()) for (const i of takers) dx.data[i] += part * dy.data[out]
  const value = ({ takers: [first], part }: Share) => (Number.isNaN(part) ? part : x.data[first])
  return { y: { shape: dy.shape, data: Float64Array.from(taken, value) }, dx }
}

/**
 * A sum of k parts of dy rounds to gamma(k - 1) of the sum of their sizes. A part is dy itself, or a quotient, or a product with a
 * rounded 1 / count.
 */
export function sumsOfShares(length: number) {
  const [magnitude, terms, quotients] = Array.from({ length: 3 }, () => new Float64Array(length))
  return {
    magnitude,
    add(i: number, size: number, isQuotient: boolean): void {
      magnitude[i] += size
      terms[i]++
      if (isQuotient) quotients[i]++
    },
    bound(i: number, unit: Unit): number {
      if (terms[i] === 0) return 0
      const division = quotients[i] > 0 ? 2 * unit.ulps.divide + 1 : 0
      return gamma(terms[i] - 1 + division, unit) * magnitude[i] + quotients[i] * (unit.eta + unit.absolute.divide)
    },
  }
}

/** Nothing is rounded where dy is made of multiples of a power of two, shared by powers of two, and few enough. */
function gradientBound(c: Case, taken: readonly Share[], unit: Unit): NdArray {
  const [dy, x] = [dyOf(c), inputOf(c, 'x')]
  const sums = sumsOfShares(x.data.length)
  const grid = gridOf(dy)
  const finest = new Float64Array(x.data.length).fill(grid)
  for (const [out, { takers, part }] of taken.entries()) {
    const halvings = Math.log2(part)
    for (const i of takers) {
      sums.add(i, Math.abs(part * dy.data[out]), part !== 1)
      finest[i] = Number.isInteger(halvings) ? Math.min(finest[i], grid + halvings) : Number.NEGATIVE_INFINITY
    }
  }
  return map(x, (_, i) => (sums.magnitude[i] < exactBelow(finest[i], unit) ? 0 : sums.bound(i, unit)))
}

/** Holds both passes to the rule. */
async function holdToRule(law: string, subject: Subject, c: Case): Promise<void> {
  const taken = shares(c, subject.unit)
  const expected = byRule(c, taken)
  const bounds = { y: exactly(expected.y), dx: gradientBound(c, taken, subject.unit) }
  compare(law, c, await subject.run(c), expected, bounds, subject)
}

const exactSums = cases(smallWindows, ['ties', 'dyadic'])

const ties: Law = {
  name: 'ties',
  says: 'dy goes to the maxima of its window as declared, by default the whole of it to the first, in row-major order',
  cases: exactSums,
  check: (subject, c) => holdToRule(ties.says, subject, c),
}

const infinity = Number.POSITIVE_INFINITY
/** What stands for the five values of `ties`: windows of nothing but -infinity, and a bit of everything. */
const stand = [
  [-infinity, -infinity, -infinity, -infinity, -1],
  [-infinity, -1, 0, Number.NaN, infinity],
]

const nonFinite: Law = {
  name: 'non-finite windows',
  says: 'a NaN wins its window and its gradient goes where declared, by default to the first; a window of -infinity has ties',
  needs: 'nonFinite',
  cases: fc
    .tuple(cases(smallWindows, ['ties']), fc.constantFrom(...stand))
    .map(([c, stand]) => changed(c, { inputs: each(c.inputs, { x: (x) => map(x, (value) => stand[value + 2]) }) })),
  check: (subject, c) => holdToRule(nonFinite.says, subject, c),
}

const conserved: Law = {
  name: 'conserved',
  says: 'each plane of dx sums to the same plane of dy: nothing is lost, doubled or carried into another image',
  cases: exactSums,
  async check(subject, c) {
    const { dx } = await subject.run(c)
    const bound = gradientBound(c, shares(c, subject.unit), subject.unit)
    // Adding up what is not exact, on the host, rounds as well.
    const adding = map(bound, (value, i) =>
      value === 0 ? 0 : value + bound.data.length * 2 ** -53 * Math.abs(dx.data[i]),
    )
    const [got, expected] = [{ 'sum of dx': planeSums(dx) }, { 'sum of dx': planeSums(dyOf(c)) }]
    compare(conserved.says, c, got, expected, { 'sum of dx': planeSums(adding) }, subject)
  },
}

function planeSums({ shape, data }: NdArray): NdArray {
  const [n, channels, height, width] = shape
  const sums = new Float64Array(n * channels)
  for (const [i, value] of data.entries()) sums[Math.floor(i / (height * width))] += value
  return { shape: [n, channels], data: sums }
}

const monotone: Law = {
  name: 'monotone',
  says: 'raising elements of x lowers no element of y',
  async check(subject, c) {
    const random = new Random(inputOf(c, 'x').data.length)
    const raise = (x: NdArray) => map(x, (value) => value + random.integer(3))
    const raised = changed(c, { inputs: each(c.inputs, { x: raise }) })
    const [{ y: low }, { y: high }] = [await subject.run(c), await subject.run(raised)]
    const least = map(low, (value, i) => Math.min(value, high.data[i]))
    sameBits(monotone.says, c, { y: least }, { y: low }, ['after x was raised', 'before'])
  },
}

/** Nothing is above 0, and all zeros have one sign: which of two that differ is the larger nobody says. */
function zeroPeaks(c: Case): Case {
  const zero = variantOf(c, 2) === 0 ? 0 : -0
  return changed(c, { inputs: each(c.inputs, { x: (x) => map(x, (value) => (value >= 0 ? zero : value)) }) })
}

const laws = [
  ties,
  nonFinite,
  conserved,
  monotone,
  batchOrder({ inputs: ['x'], outputs: ['y', 'dx'], sums: [] }),
  channelOrder,
  strideOne,
  // Where maxima are equal, exchanging height and width exchanges which comes first.
  transposition(cases(smallWindows, ['distinct'])),
  scale({ x: 2, dy: 1 }, { y: 2, dx: 1 }, ofCopies),

  related(
    'shift',
    'adding 1 to x adds 1 to y and moves no gradient',
    (c) => ({
      other: changed(c, { inputs: each(c.inputs, { x: (x) => map(x, (value) => value + 1) }) }),
      carry: (r) => each(r, { y: (y) => map(y, (value) => value - 1), dx: same }),
    }),
    cases(smallWindows, ['ties', 'dyadic', 'distinct']),
  ),

  related('padding', 'padding is the same as writing what is below every element around the image', (c) => {
    const { pad } = windowAttrs(c)
    const [top, left, bottom, right] = pad
    const grow = (x: NdArray) => extend(extend(x, 2, top, bottom), 3, left, right)
    const crop = (x: NdArray) => extend(extend(x, 2, -top, -bottom), 3, -left, -right)
    const below = (x: NdArray) => {
      const lowest = 2 * Math.min(0, ...x.data) - 1
      const inside = grow(map(x, () => 1))
      return map(grow(x), (value, i) => (inside.data[i] ? value : lowest))
    }
    return {
      other: changed(c, { inputs: each(c.inputs, { x: below }), attrs: { pad: [0, 0, 0, 0] } }),
      carry: (r) => each(r, { y: same, dx: crop }),
    }
  }),

  saved((scope, tensors, dy, c) => {
    const [x, y] = [tensorOf(tensors, 'x'), tensorOf(tensors, 'y')]
    return maxPool2d.backward(scope, dy, { d: dimsOf(c), x, y })
  }),
]

export const maxPool2dSpec: LayerSpec = {
  layer: 'maxPool2d',
  cases: cases(smallWindows, ['normal', 'dyadic', 'ties', 'wide', 'distinct']),
  large: cases(largeWindows, ['normal', 'ties']),
  long: { deep: cases(longWindows, ['normal']) },
  // Values of x that are far apart, so that each window has one maximum, whatever precision compares them.
  sharpen: (c) => sharpWindows(c, (random, { shape }) => distinct(random, shape)),

  call(scope, inputs, c, dy, want) {
    const { y, saved } = maxPool2d.forward(scope, { x: tensorOf(inputs, 'x') }, windowAttrs(c))
    return dy ? { y, ...maxPool2d.backward(scope, dy, saved, want) } : { y }
  },

  /** y is chosen, not computed. */
  bounds(c, exact, _magnitudes, unit) {
    const y = each(exact, { y: exactly })
    return c.dy ? { ...y, dx: gradientBound(c, shares(c, unit), unit) } : y
  },

  gradients: { x: 'dx' },

  /** A quarter of what separates an element from the maximum of its window, or the maximum from the next. */
  neighbourhood(c) {
    const x = inputOf(c, 'x')
    const { room } = anywhere(x)
    for (const window of underWindows(dimsOf(c))) {
      const first = window.reduce((a, b) => (x.data[b] > x.data[a] ? b : a))
      for (const i of window) {
        if (i === first) continue
        const quarter = (x.data[first] - x.data[i]) / 4
        for (const at of [i, first]) room.data[at] = Math.min(room.data[at], quarter)
      }
    }
    return { room }
  },

  laws,

  sweeps: windowSweeps((random, shape, attrs) => {
    const d = maxPool2d.dims(shape, attrs)
    const dy = whole(random, [d.n, d.channels, d.outH, d.outW])
    return { layer: 'maxPool2d', attrs: { ...attrs }, inputs: { x: whole(random, shape) }, dy }
  }, 'exact'),

  common: [subnormals([shrink({ x: 1, dy: 1 })]), signedZeros(['y'], zeroPeaks)],
}
