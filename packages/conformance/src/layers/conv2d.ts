import { type Conv2dDims, conv2d, type FloatTensor } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import type { Case, NdArray } from '../core/case.js'
import { compare } from '../core/compare.js'
import { extend, gather, permute, stuff, subsample, transpose } from '../core/gather.js'
import { gridOf, gridOfProducts } from '../core/grid.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { productBounds, type Terms, wholeProducts } from '../core/products.js'
import type { Bounds, Law, LayerSpec, Tensors } from '../core/spec.js'
import type { Unit } from '../core/unit.js'
import { absolute } from '../core/values.js'
import { adjoint } from '../laws/adjoint.js'
import { batchOrder } from '../laws/batchOrder.js'
import { related } from '../laws/relation.js'
import { saved } from '../laws/saved.js'
import { scale } from '../laws/scale.js'
import { special } from '../laws/special.js'
import { subnormalProducts } from '../laws/subnormals.js'
import { convAttrs, deepCases, largeCases, longCases, smallCases } from './conv2dCases.js'
import { conv2dSweeps } from './conv2dSweeps.js'
import { convolutions, is3x3, larger, weightsOf, winogradBits, winogradBound } from './winograd.js'

export function optionalBias(inputs: Tensors): FloatTensor | null {
  return inputs.b ? tensorOf(inputs, 'b') : null
}

function dimsOf(c: Case): Conv2dDims {
  return conv2d.dims(inputOf(c, 'x').shape, inputOf(c, 'w').shape, c.inputs.b?.shape, convAttrs(c))
}

/**
 * Whether a tap on zeros is skipped or multiplied is left open. Padding is zeros to the weights, so that only x may be infinite
 * where there is any; and dx is a convolution of dy with zeros around it, and between its elements where there is a stride.
 */
const mayBeSpecial = (c: Case) => {
  if (convAttrs(c).pad.some((side) => side > 0)) return ['x']
  return c.dy ? ['x', 'b', 'dy'] : ['x', 'w', 'b']
}

/** Every other case without its backward pass. */
const everyOtherForward = (cases: fc.Arbitrary<Case>) =>
  fc.tuple(cases, fc.boolean()).map(([{ dy, ...c }, isForward]): Case => (isForward || !dy ? c : { ...c, dy }))

const laws: readonly Law[] = [
  {
    name: '3x3',
    says: '3 x 3 kernels at stride 1 with many channels, for which there are other algorithms, are within the derived bound',
    cases: deepCases,
    async check(subject, c) {
      compare('3x3', c, await subject.run(c), await subject.exact(c), await subject.bounds(c), subject)
    },
  },
  { ...special({ cases: everyOtherForward(deepCases), special: mayBeSpecial }), name: '3x3 special values' },

  adjoint({ x: 'dx', w: 'dw' }, 'b'),
  scale({ x: 1, b: 1, dy: 2 }, { y: 1, dx: 2, dw: 3, db: 2 }),
  batchOrder({ inputs: ['x'], outputs: ['y', 'dx'], sums: ['dw', 'db'] }),

  related('transpose', 'exchanging height and width everywhere exchanges them in every result', (c) => {
    const { stride, dilation, pad } = convAttrs(c)
    const swap = { x: transpose, w: transpose }
    const flip = ([a, b]: readonly [number, number]): [number, number] => [b, a]
    const [top, left, bottom, right] = pad
    return {
      other: changed(c, {
        inputs: each(c.inputs, swap),
        dy: c.dy && transpose(c.dy),
        attrs: { stride: flip(stride), dilation: flip(dilation), pad: [left, top, right, bottom] },
      }),
      carry: (r) => each(r, { y: transpose, dx: transpose, dw: transpose, db: same }),
    }
  }),

  related('padding', 'padding is the same as zeros written around the image', (c) => {
    const [top, left, bottom, right] = convAttrs(c).pad
    const grow = (x: NdArray) => extend(extend(x, 2, top, bottom), 3, left, right)
    const crop = (x: NdArray) => extend(extend(x, 2, -top, -bottom), 3, -left, -right)
    return {
      other: changed(c, { inputs: each(c.inputs, { x: grow }), attrs: { pad: [0, 0, 0, 0] } }),
      carry: (r) => each(r, { y: same, dx: crop, dw: same, db: same }),
    }
  }),

  related('stride', 'a stride takes every so many outputs of the same convolution at stride 1', (c) => {
    const { stride, pad, dilation, groups } = convAttrs(c)
    const d = dimsOf(c)
    const dense = conv2d.dims(inputOf(c, 'x').shape, inputOf(c, 'w').shape, undefined, { pad, dilation, groups })
    const thin = (y: NdArray) => subsample(subsample(y, 2, stride[0], d.outH), 3, stride[1], d.outW)
    const spread = (dy: NdArray) => stuff(stuff(dy, 2, stride[0], dense.outH), 3, stride[1], dense.outW)
    return {
      other: changed(c, { dy: c.dy && spread(c.dy), attrs: { stride: [1, 1] } }),
      carry: (r) => each(r, { y: thin, dx: same, dw: same, db: same }),
    }
  }),

  related('dilation', 'a dilation is a kernel with zeros between its taps', (c) => {
    const { dilation } = convAttrs(c)
    const { kH, kW } = dimsOf(c)
    const [spanH, spanW] = [dilation[0] * (kH - 1) + 1, dilation[1] * (kW - 1) + 1]
    const spread = (w: NdArray) => stuff(stuff(w, 2, dilation[0], spanH), 3, dilation[1], spanW)
    const thin = (w: NdArray) => subsample(subsample(w, 2, dilation[0], kH), 3, dilation[1], kW)
    return {
      other: changed(c, { inputs: each(c.inputs, { w: spread }), attrs: { dilation: [1, 1] } }),
      carry: (r) => each(r, { y: same, dx: same, dw: thin, db: same }),
    }
  }),

  related('translation', 'moving the image down by one stride moves the output down by one', (c) => {
    const [stride] = convAttrs(c).stride
    const down = (x: NdArray) => extend(x, 2, stride, 0)
    const up = (x: NdArray) => extend(x, 2, -stride, 0)
    const first = (y: NdArray) => extend(y, 2, 1, 0)
    const { pad } = convAttrs(c)
    if (pad[0] > 0) return null
    return {
      other: changed(c, { inputs: each(c.inputs, { x: down }), dy: c.dy && first(c.dy) }),
      carry: (r) => each(r, { y: (y) => extend(y, 2, -1, 0), dx: up, dw: same, db: same }),
    }
  }),

  related('channels', 'the order of the channels does not matter, and filters keep their own outputs', (c) => {
    if (convAttrs(c).groups > 1) return null
    const { inC, outC } = dimsOf(c)
    const random = new Random(inC * 31 + outC)
    const [channels, filters] = [random.permutation(inC), random.permutation(outC)]
    const back = (order: Int32Array) => Int32Array.from(order, (_, i) => order.indexOf(i))
    const both = (w: NdArray) => permute(permute(w, 0, filters), 1, channels)
    const unboth = (w: NdArray) => permute(permute(w, 0, back(filters)), 1, back(channels))
    const turn = { x: (x: NdArray) => permute(x, 1, channels), w: both, b: (b: NdArray) => permute(b, 0, filters) }
    return {
      other: changed(c, { inputs: each(c.inputs, turn), dy: c.dy && permute(c.dy, 1, filters) }),
      carry: (r) =>
        each(r, {
          y: (y) => permute(y, 1, back(filters)),
          dx: (x) => permute(x, 1, back(channels)),
          dw: unboth,
          db: (b) => permute(b, 0, back(filters)),
        }),
    }
  }),

  related('groups', 'groups are one convolution whose weights between groups are zero', (c) => {
    const { groups } = convAttrs(c)
    const { inC, outC, kH, kW } = dimsOf(c)
    const [groupC, groupF] = [inC / groups, outC / groups]
    const spread = (w: NdArray) =>
      gather(w, [outC, inC, kH, kW], ([f = 0, ch = 0, i = 0, j = 0]) =>
        Math.floor(f / groupF) === Math.floor(ch / groupC) ? [f, ch % groupC, i, j] : null,
      )
    const collect = (w: NdArray) =>
      gather(w, [outC, groupC, kH, kW], ([f = 0, ch = 0, i = 0, j = 0]) => [
        f,
        Math.floor(f / groupF) * groupC + ch,
        i,
        j,
      ])
    return {
      other: changed(c, { inputs: each(c.inputs, { w: spread }), attrs: { groups: 1 } }),
      carry: (r) => each(r, { y: same, dx: same, dw: collect, db: same }),
    }
  }),

  saved((scope, tensors, dy, c) =>
    conv2d.backward(scope, dy, { d: dimsOf(c), x: tensorOf(tensors, 'x'), w: tensorOf(tensors, 'w') }),
  ),
]

/** Each output is one sum of products. */
function termsOf(d: Conv2dDims): Terms {
  const taps = d.kH * d.kW
  const pixels = d.n * d.outH * d.outW
  return { y: (d.inC / d.groups) * taps + 1, dx: (d.outC / d.groups) * taps, dw: pixels, db: pixels }
}

/** Which way y and dx are computed is the backend's choice, call by call. */
function orWinograd(c: Case, direct: Bounds, unit: Unit): Bounds {
  const d = dimsOf(c)
  const sizes = convolutions(d)
  const weights = weightsOf(d, absolute(inputOf(c, 'w')).data)
  const x = absolute(inputOf(c, 'x')).data
  const { dy } = c
  const { b } = c.inputs
  const grid = (array: NdArray) => gridOfProducts(array, inputOf(c, 'w'))
  const ofY = Math.min(grid(inputOf(c, 'x')), b ? gridOf(b) : Number.POSITIVE_INFINITY)
  return {
    ...direct,
    ...each(direct, {
      y: (y) => larger(y, winogradBound(sizes.y, x, weights.y, b?.data ?? null, unit, ofY)),
      dx: (dx) => (dy ? larger(dx, winogradBound(sizes.dx, absolute(dy).data, weights.dx, null, unit, grid(dy))) : dx),
    }),
  }
}

export const conv2dSpec: LayerSpec = {
  layer: 'conv2d',
  cases: smallCases,
  large: largeCases,
  long: longCases,

  call(scope, inputs, c, dy, want) {
    const [x, w] = [tensorOf(inputs, 'x'), tensorOf(inputs, 'w')]
    const { y, saved } = conv2d.forward(scope, { x, w, b: optionalBias(inputs) }, convAttrs(c))
    return dy ? { y, ...conv2d.backward(scope, dy, saved, want) } : { y }
  },

  async bounds(c, _exact, magnitudes, unit) {
    const direct = productBounds(c, await magnitudes(), unit, termsOf(dimsOf(c)))
    return unit.convolution === 'winograd' && is3x3(dimsOf(c)) ? orWinograd(c, direct, unit) : direct
  },

  sharpen(c, unit) {
    const d = dimsOf(c)
    const [taps, groupC, groupF] = [d.kH * d.kW, d.inC / d.groups, d.outC / d.groups]
    const ofWeight = (i: number) => {
      const filter = Math.floor(i / (groupC * taps))
      return { filter, channel: Math.floor(filter / groupF) * groupC + (Math.floor(i / taps) % groupC) }
    }
    const layout = { images: d.n, channels: d.inC, filters: d.outC, ofWeight }
    const spare = unit.convolution === 'winograd' && is3x3(d) ? winogradBits : 0
    return wholeProducts(c, layout, termsOf(d), unit, spare)
  },

  gradients: { x: 'dx', w: 'dw', b: 'db' },

  special: mayBeSpecial,
  specialCases: everyOtherForward(smallCases),

  laws,
  sweeps: conv2dSweeps,
  common: [subnormalProducts],
}
