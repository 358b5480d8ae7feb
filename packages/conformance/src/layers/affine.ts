import { type AffineDims, affine, Labels, type Shape, sizeOf } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import type { Case, NdArray } from '../core/case.js'
import { permute } from '../core/gather.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { productBounds, type Terms, wholeProducts } from '../core/products.js'
import { seeds, sizes } from '../core/shapes.js'
import { toSharpen } from '../core/sharp.js'
import { shuffle } from '../core/shuffle.js'
import type { LayerSpec } from '../core/spec.js'
import { square, sweep, vast, whole } from '../core/sweep.js'
import { type ValueKind, values } from '../core/values.js'
import { additivity } from '../laws/additivity.js'
import { adjoint } from '../laws/adjoint.js'
import { batchOrder } from '../laws/batchOrder.js'
import { related } from '../laws/relation.js'
import { saved } from '../laws/saved.js'
import { scale } from '../laws/scale.js'
import { subnormalProducts } from '../laws/subnormals.js'

interface Sizes {
  readonly batch: fc.Arbitrary<number>
  /** What x has behind its first axis. */
  readonly features: fc.Arbitrary<Shape>
  readonly outputs: fc.Arbitrary<number>
  readonly work: number
  readonly kinds: readonly ValueKind[]
}

function cases({ batch, features, outputs, work, kinds }: Sizes): fc.Arbitrary<Case> {
  return fc
    .record({
      n: batch,
      features,
      outputs,
      // Square weights are easily taken for their transpose.
      square: fc.constantFrom(false, false, false, true),
      bias: fc.boolean(),
      kind: fc.constantFrom(...kinds),
      seed: seeds,
    })
    .map(({ square, ...rest }) => ({ ...rest, outputs: square ? sizeOf(rest.features) : rest.outputs }))
    .filter(({ n, features, outputs }) => n * sizeOf(features) * outputs <= work)
    .map(({ n, features, outputs, bias, kind, seed }) => {
      const random = new Random(seed)
      const x = values(random, [n, ...features], kind)
      const w = values(random, [sizeOf(features), outputs], kind)
      const b = bias ? { b: values(random, [outputs], kind) } : {}
      return { layer: 'affine', attrs: {}, inputs: { x, w, ...b }, dy: values(random, [n, outputs], kind) }
    })
}

const small: Sizes = {
  batch: sizes(17),
  // A last axis of 1 is left out, so that x has a single axis now and then.
  features: fc
    .tuple(fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 2 }), sizes(65))
    .map(([outer, last]) => (last === 1 ? outer : [...outer, last])),
  outputs: sizes(65),
  work: 20_000,
  kinds: ['normal', 'dyadic', 'wide'],
}

const large: Sizes = {
  batch: fc.constantFrom(1, 3, 15, 17, 33),
  features: fc.tuple(fc.constantFrom(129, 257, 511, 513, 1025)),
  outputs: fc.constantFrom(10, 65, 127, 128, 129),
  work: 1_500_000,
  kinds: ['normal'],
}

function longProducts(
  rows: readonly number[],
  features: readonly number[],
  outputs: readonly number[],
): fc.Arbitrary<Case> {
  const sizes = fc.tuple(fc.constantFrom(...rows), fc.constantFrom(...features), fc.constantFrom(...outputs), seeds)
  return sizes.map(([n, features, outputs, seed]) => {
    const [x, w, b, dy] = [[n, features], [features, outputs], [outputs], [n, outputs]].map((shape) =>
      toSharpen(shape, seed),
    )
    return { layer: 'affine', attrs: {}, inputs: { x, w, b }, dy }
  })
}

function wholeCase(n: number, features: number, outputs: number, random: Random): Case {
  const [w, b] = [[features, outputs], [outputs]].map((shape) => whole(random, shape))
  const [x, dy] = [
    [n, features],
    [n, outputs],
  ].map((shape) => whole(random, shape))
  return { layer: 'affine', attrs: {}, inputs: { x, w, b }, dy }
}

function dimsOf(c: Case): AffineDims {
  return affine.dims(inputOf(c, 'x').shape, inputOf(c, 'w').shape, c.inputs.b?.shape)
}

/** Sums of D products (and the bias), of M, of N. */
function termsOf(c: Case): Terms {
  const { n, inSize, outSize } = dimsOf(c)
  return { y: inSize + 1, dx: outSize, dw: n, db: n }
}

const laws = [
  adjoint({ x: 'dx', w: 'dw' }, 'b'),
  batchOrder({ inputs: ['x'], outputs: ['y', 'dx'], sums: ['dw', 'db'] }),
  additivity(['x', 'b'], ['y', 'dw'], cases({ ...small, kinds: ['dyadic'] })),
  scale({ x: 1, b: 1, dy: 2 }, { y: 1, dx: 2, dw: 3, db: 2 }),

  related('features', 'the order of the features does not matter, nor how many axes hold them', (c) => {
    const { n, inSize } = dimsOf(c)
    const { order, back } = shuffle(inSize)
    const { shape } = inputOf(c, 'x')
    const flat = (x: NdArray): NdArray => ({ shape: [n, inSize], data: x.data })
    const turn = { x: (x: NdArray) => permute(flat(x), 1, order), w: (w: NdArray) => permute(w, 0, order) }
    return {
      other: changed(c, { inputs: each(c.inputs, turn) }),
      carry: (r) =>
        each(r, {
          y: same,
          dx: (x) => ({ ...permute(x, 1, back), shape }),
          dw: (w) => permute(w, 0, back),
          db: same,
        }),
    }
  }),

  related('outputs', 'each output has its own column of w and element of b, in whatever order', (c) => {
    const { order, back } = shuffle(dimsOf(c).outSize)
    const turn = { w: (w: NdArray) => permute(w, 1, order), b: (b: NdArray) => permute(b, 0, order) }
    return {
      other: changed(c, { inputs: each(c.inputs, turn), dy: c.dy && permute(c.dy, 1, order) }),
      carry: (r) =>
        each(r, {
          y: (y) => permute(y, 1, back),
          dx: same,
          dw: (w) => permute(w, 1, back),
          db: (b) => permute(b, 0, back),
        }),
    }
  }),

  saved((scope, tensors, dy, c) =>
    affine.backward(scope, dy, { d: dimsOf(c), x: tensorOf(tensors, 'x'), w: tensorOf(tensors, 'w') }),
  ),
]

export const affineSpec: LayerSpec = {
  layer: 'affine',
  cases: cases(small),
  large: cases(large),
  long: {
    deep: fc.oneof(
      { arbitrary: longProducts([1, 2], [1000, 1025], [1000, 1024]), weight: 4 },
      { arbitrary: longProducts([1, 3], [4096, 8192], [10, 33]), weight: 1 },
    ),
    batch: longProducts([1000, 1025, 2048, 4096, 4099], [3, 17, 32], [10, 16, 33]),
  },

  call(scope, inputs, _c, dy, want) {
    const [x, w] = [tensorOf(inputs, 'x'), tensorOf(inputs, 'w')]
    const b = inputs.b instanceof Labels ? null : (inputs.b ?? null)
    const { y, saved } = affine.forward(scope, { x, w, b })
    return dy ? { y, ...affine.backward(scope, dy, saved, want) } : { y }
  },

  bounds: async (c, _exact, magnitudes, unit) => productBounds(c, await magnitudes(), unit, termsOf(c)),

  sharpen(c, unit) {
    const { n, inSize, outSize } = dimsOf(c)
    const ofWeight = (i: number) => ({ channel: Math.floor(i / outSize), filter: i % outSize })
    return wholeProducts(c, { images: n, channels: inSize, filters: outSize, ofWeight }, termsOf(c), unit)
  },

  gradients: { x: 'dx', w: 'dw', b: 'db' },

  laws,

  sweeps: [
    sweep(
      'elements',
      [
        [square, square, 2],
        [square, 2, square],
        [2, square, square],
      ],
      ([n, features, outputs], random) => wholeCase(n, features, outputs, random),
      'exact',
    ),
    sweep('rows', vast, (n, random) => wholeCase(n, 2, 3, random), 'exact'),
    sweep('features', vast, (features, random) => wholeCase(2, features, 3, random), 'exact'),
    sweep('outputs', vast, (outputs, random) => wholeCase(2, 3, outputs, random), 'exact'),
  ],

  common: [subnormalProducts],
}
