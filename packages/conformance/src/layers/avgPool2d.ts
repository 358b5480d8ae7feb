import { type AvgPool2dDims, avgPool2d } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { sumOfProducts } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { compare } from '../core/compare.js'
import { extend } from '../core/gather.js'
import { gridOf } from '../core/grid.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import { wholeNumbers } from '../core/sharp.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { whole } from '../core/sweep.js'
import { underWindows } from '../core/underWindows.js'
import { map, type ValueKind, values } from '../core/values.js'
import { additivity } from '../laws/additivity.js'
import { adjoint } from '../laws/adjoint.js'
import { batchOrder } from '../laws/batchOrder.js'
import { related } from '../laws/relation.js'
import { scale } from '../laws/scale.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import {
  channelOrder,
  largeWindows,
  longWindows,
  sharpWindows,
  smallWindows,
  strideOne,
  transposition,
  type WindowAttrs,
  type WindowSizes,
  windows,
} from './window.js'
import { windowSweeps } from './windowSweeps.js'

type Attrs = WindowAttrs & { readonly countIncludePad: boolean }

function cases(size: WindowSizes, kinds: readonly ValueKind[], include = fc.boolean()): fc.Arbitrary<Case> {
  return fc
    .record({ window: windows(size), countIncludePad: include, kind: fc.constantFrom(...kinds), seed: seeds })
    .map(({ window: { shape, attrs: window }, countIncludePad, kind, seed }) => {
      const random = new Random(seed)
      const x = values(random, shape, kind)
      const attrs: Attrs = { ...window, countIncludePad }
      const d = avgPool2d.dims(shape, attrs)
      const dy = values(random, [d.n, d.channels, d.outH, d.outW], kind)
      return { layer: 'avgPool2d', attrs: { ...attrs }, inputs: { x }, dy }
    })
}

const kinds = ['normal', 'dyadic', 'wide'] as const

// The arbitrary above is the only source of these attributes.
const attrsOf = (c: Case) => c.attrs as Attrs

function dimsOf(c: Case): AvgPool2dDims {
  return avgPool2d.dims(inputOf(c, 'x').shape, attrsOf(c))
}

const constant: Law = {
  name: 'constant',
  says: 'an image of ones averages to 1, or with padding counted to the share of the window that lies inside',
  async check(subject, c) {
    const ones = changed(c, { inputs: each(c.inputs, { x: (x) => map(x, () => 1) }) })
    const [{ y }, bounds] = [await subject.run(ones), await subject.bounds(ones)]
    const d = dimsOf(c)
    const under = underWindows(d)
    const expected = map(y, (_, out) => (d.countIncludePad ? under[out].length / (d.kH * d.kW) : 1))
    compare(constant.says, ones, { y }, { y: expected }, each(bounds, { y: same }), subject)
  },
}

const laws = [
  adjoint({ x: 'dx' }),
  additivity(['x', 'dy'], ['y', 'dx'], cases(smallWindows, ['dyadic'])),
  scale({ x: 1, dy: 2 }, { y: 1, dx: 2 }),
  constant,
  batchOrder({ inputs: ['x'], outputs: ['y', 'dx'], sums: [] }),
  channelOrder,
  strideOne,
  transposition(),

  related(
    'padding',
    'padding that is counted is the same as zeros written around the image',
    (c) => {
      const [top, left, bottom, right] = attrsOf(c).pad
      const grow = (x: NdArray) => extend(extend(x, 2, top, bottom), 3, left, right)
      const crop = (x: NdArray) => extend(extend(x, 2, -top, -bottom), 3, -left, -right)
      return {
        other: changed(c, { inputs: each(c.inputs, { x: grow }), attrs: { pad: [0, 0, 0, 0] } }),
        carry: (r) => each(r, { y: same, dx: crop }),
      }
    },
    cases(smallWindows, kinds, fc.constant(true)),
  ),
]

export const avgPool2dSpec: LayerSpec = {
  layer: 'avgPool2d',
  cases: cases(smallWindows, kinds),
  large: cases(largeWindows, ['normal']),
  long: { deep: cases(longWindows, ['normal']) },
  sharpen: (c) => sharpWindows(c, wholeNumbers),

  call(scope, inputs, c, dy, want) {
    const { y, saved } = avgPool2d.forward(scope, { x: tensorOf(inputs, 'x') }, attrsOf(c))
    return dy ? { y, ...avgPool2d.backward(scope, dy, saved, want) } : { y }
  },

  /**
   * y is a sum of k products with 1 / k, itself rounded, or k - 1 additions and a division; dx is one such product or
   * quotient for each window over the element. gamma of the roundings, times the same of absolute values, covers both. Where
   * every window is divided by the same power of two, whole numbers have an exact average.
   */
  async bounds(c, _exact, magnitudes, unit) {
    const { kH, kW, strideH, strideW } = dimsOf(c)
    const sameDivisor = attrsOf(c).countIncludePad || attrsOf(c).pad.every((side) => side === 0)
    const halvings = sameDivisor ? Math.log2(kH * kW) : Number.NaN
    const gridAfter = (array: NdArray) =>
      gridOf(array) - (Number.isInteger(halvings) ? halvings : Number.POSITIVE_INFINITY)
    const overlap = Math.ceil(kH / strideH) * Math.ceil(kW / strideW)
    // A correctly rounded division is half an ulp: one u.
    const division = Math.ceil(2 * unit.ulps.divide)
    const withQuotients = (bound: NdArray, count: number) => map(bound, (e) => e + count * unit.absolute.divide)
    return each(await magnitudes(), {
      y: (y) => withQuotients(sumOfProducts(y, kH * kW - 1 + division, unit, gridAfter(inputOf(c, 'x'))), 1),
      dx: (dx) => withQuotients(sumOfProducts(dx, overlap - 1 + division, unit, c.dy && gridAfter(c.dy)), overlap),
    })
  },

  gradients: { x: 'dx' },

  laws,

  sweeps: windowSweeps((random, shape, window) => {
    const attrs: Attrs = { ...window, countIncludePad: random.integer(2) === 0 }
    const d = avgPool2d.dims(shape, attrs)
    const dy = whole(random, [d.n, d.channels, d.outH, d.outW])
    return { layer: 'avgPool2d', attrs: { ...attrs }, inputs: { x: whole(random, shape) }, dy }
  }),

  common: [subnormals([shrink({ x: 1, dy: 1 })])],
}
