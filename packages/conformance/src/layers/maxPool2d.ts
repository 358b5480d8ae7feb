import { type MaxPool2dDims, maxPool2d } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { exactly, gamma } from '../core/bounds.js'
import type { Case, NdArray, Results } from '../core/case.js'
import { kinkedValues } from '../core/distinct.js'
import { extend } from '../core/gather.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { whole } from '../core/sweep.js'
import { map, type ValueKind } from '../core/values.js'
import { variantOf } from '../core/variant.js'
import { Violation } from '../core/violation.js'
import { batchOrder } from '../laws/batchOrder.js'
import { sameBits } from '../laws/hygiene.js'
import { related } from '../laws/relation.js'
import { saved } from '../laws/saved.js'
import { ofCopies, scale } from '../laws/scale.js'
import { signedZeros } from '../laws/signedZeros.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import {
  channelOrder,
  largeWindows,
  smallWindows,
  strideOne,
  transposition,
  underWindows,
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

/** The rule in so many words: under each window the first NaN wins, else the first of those that equal the maximum. */
function winners(c: Case): number[] {
  const x = inputOf(c, 'x').data
  return underWindows(dimsOf(c)).map((window) => {
    const maximum = Math.max(...window.map((i) => x[i]))
    return window.find((i) => Object.is(x[i], Number.NaN) || x[i] === maximum) ?? Number.NaN
  })
}

/** y is what the winners hold, and dx[i] the sum of the dy that x[i] wins. */
function byRule(c: Case): Results {
  const [x, dy] = [inputOf(c, 'x'), dyOf(c)]
  const won = winners(c)
  const dx = map(x, () => 0)
  for (const [out, winner] of won.entries()) dx.data[winner] += dy.data[out]
  return { y: { shape: dy.shape, data: Float64Array.from(won, (winner) => x.data[winner]) }, dx }
}

const exactSums = cases(smallWindows, ['ties', 'dyadic'])

const ties: Law = {
  name: 'ties',
  says: 'the whole of dy goes to the first maximum of its window, in row-major order',
  cases: exactSums,
  async check(subject, c) {
    sameBits(ties.says, c, await subject.run(c), byRule(c))
  },
}

const infinity = Number.POSITIVE_INFINITY
/** What stands for the five values of `ties`: windows of nothing but -infinity, and a bit of everything. */
const stand = [
  [-infinity, -infinity, -infinity, -infinity, -1],
  [-infinity, -1, 0, Number.NaN, infinity],
]

const nonFinite: Law = {
  name: 'non-finite windows',
  says: 'a NaN wins its window, the first of several; a window of -infinity gives its gradient to its first element',
  needs: 'nonFinite',
  cases: fc
    .tuple(cases(smallWindows, ['ties']), fc.constantFrom(...stand))
    .map(([c, stand]) => changed(c, { inputs: each(c.inputs, { x: (x) => map(x, (value) => stand[value + 2]) }) })),
  async check(subject, c) {
    sameBits(nonFinite.says, c, await subject.run(c), byRule(c))
  },
}

const conserved: Law = {
  name: 'conserved',
  says: 'each plane of dx sums to the same plane of dy: nothing is lost, doubled or carried into another image',
  cases: exactSums,
  async check(subject, c) {
    const { dx } = await subject.run(c)
    sameBits(conserved.says, c, { dx: planeSums(dx) }, { dx: planeSums(dyOf(c)) })
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
    sameBits(monotone.says, c, { y: map(low, (value, i) => Math.min(value, high.data[i])) }, { y: low })
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

  call(scope, inputs, c, dy, want) {
    const { y, saved } = maxPool2d.forward(scope, { x: tensorOf(inputs, 'x') }, windowAttrs(c))
    return dy ? { y, ...maxPool2d.backward(scope, dy, saved, want) } : { y }
  },

  /** y is chosen, not computed. dx[i] is a sum of the k terms of dy that x[i] wins: gamma(k - 1) times their sum of |dy|. */
  bounds(c, exact, _magnitudes, unit) {
    const y = each(exact, { y: exactly })
    if (!c.dy) return y
    const magnitude = map(inputOf(c, 'x'), () => 0)
    const terms = map(magnitude, () => 0)
    for (const [out, winner] of winners(c).entries()) {
      magnitude.data[winner] += Math.abs(c.dy.data[out])
      terms.data[winner]++
    }
    return { ...y, dx: map(magnitude, (sum, i) => gamma(Math.max(0, terms.data[i] - 1), unit) * sum) }
  },

  gradients: { x: 'dx' },

  /** Whether every maximum is ahead of the next by more than `step`. */
  smooth(c, step) {
    const x = inputOf(c, 'x').data
    const won = winners(c)
    return underWindows(dimsOf(c)).every((window, out) =>
      window.every((i) => i === won[out] || x[won[out]] - x[i] > step),
    )
  },

  laws,

  sweeps: windowSweeps((random, shape, attrs) => {
    const d = maxPool2d.dims(shape, attrs)
    const dy = whole(random, [d.n, d.channels, d.outH, d.outW])
    return { layer: 'maxPool2d', attrs: { ...attrs }, inputs: { x: whole(random, shape) }, dy }
  }, 'exact'),

  common: [subnormals([shrink({ x: 1, dy: 1 })]), signedZeros(['y'], zeroPeaks)],
}
