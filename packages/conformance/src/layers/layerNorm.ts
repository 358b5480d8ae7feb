import { layerNorm, type Shape, sizeOf } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { elementwise } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { permute } from '../core/gather.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { scalars } from '../core/scalars.js'
import { blocks, seeds, sizes } from '../core/shapes.js'
import { shuffle } from '../core/shuffle.js'
import type { LayerSpec } from '../core/spec.js'
import { longer, square, sweep } from '../core/sweep.js'
import { type ValueKind, values } from '../core/values.js'
import { additivity } from '../laws/additivity.js'
import { batchOrder } from '../laws/batchOrder.js'
import { independentParts } from '../laws/independentParts.js'
import { nan } from '../laws/nan.js'
import { related } from '../laws/relation.js'
import { saved } from '../laws/saved.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import { groupNormSpec, groupsOf } from './groupNorm.js'
import { type Grouping, type Normalization, normalizationErrors } from './normalization.js'
import { type Spread, sparseNorm, withSpread } from './normInputs.js'
import { affineInputs, normLaws, normNeighbourhood } from './normLaws.js'
import { sharpNorm, stretches } from './normSharp.js'

interface Sizes {
  readonly batch: fc.Arbitrary<number>
  readonly axes: fc.Arbitrary<Shape>
  readonly work: number
  readonly kinds: readonly ValueKind[]
  readonly spreads: readonly Spread[]
}

function cases({ batch, axes, work, kinds, spreads }: Sizes): fc.Arbitrary<Case> {
  return fc
    .record({
      n: batch,
      axes,
      eps: scalars([1e-5, 1e-3, 0.5], [1e-5, 1]),
      kind: fc.constantFrom(...kinds),
      spread: fc.constantFrom(...spreads),
      seed: seeds,
    })
    .filter(({ n, axes }) => n * sizeOf(axes) <= work)
    .map(({ n, axes, eps, kind, spread, seed }) => {
      const random = new Random(seed)
      const shape = [n, ...axes]
      const features = [sizeOf(axes)]
      const x = withSpread(random, values(random, shape, kind), rowOf(shape).group, spread)
      const inputs = { x, gamma: values(random, features, kind), beta: values(random, features, kind) }
      return { layer: 'layerNorm', attrs: { eps }, inputs, dy: values(random, shape, kind) }
    })
}

const small: Sizes = {
  batch: sizes(17),
  axes: fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.tuple(sizes(65)), weight: 3 },
    { arbitrary: fc.tuple(sizes(5), sizes(9)), weight: 1 },
    { arbitrary: fc.tuple(sizes(3), sizes(5), sizes(5)), weight: 2 },
  ),
  work: 2000,
  kinds: ['normal', 'dyadic', 'wide'],
  spreads: ['plain', 'mixed'],
}
const large: Sizes = {
  ...small,
  batch: blocks(33),
  axes: fc.oneof(
    fc.tuple(fc.constantFrom(255, 256, 257, 511, 513, 1023, 1025)),
    fc.tuple(fc.constantFrom(3, 5), blocks(17), blocks(17)),
  ),
  work: 40_000,
  kinds: ['normal'],
}
const deep: Sizes = {
  ...large,
  batch: fc.constantFrom(1, 2, 3),
  axes: fc.tuple(fc.constantFrom(4096, 8192, 10_000, 32_768)),
  work: 70_000,
}
const batch: Sizes = {
  ...large,
  batch: fc.constantFrom(1000, 1025, 4096),
  axes: fc.tuple(fc.constantFrom(2, 8, 17)),
  work: 70_000,
}
const dyadic = cases({ ...small, kinds: ['dyadic'], spreads: ['plain', 'offset', 'constant'] })

function sparseCase(shape: Shape, random: Random): Case {
  return sparseNorm('layerNorm', { eps: 1e-3 }, shape, [shape[1]], random)
}

/** One group a row, one parameter a feature. */
function rowOf(shape: Shape): Grouping {
  return groupsOf([shape[0], sizeOf(shape.slice(1))], 1)
}

function view(c: Case): Normalization {
  return { ...rowOf(inputOf(c, 'x').shape), ...affineInputs(c), eps: Number(c.attrs.eps) }
}

const laws = [
  ...normLaws(view, dyadic),
  batchOrder({ inputs: ['x'], outputs: ['y', 'dx', 'mean', 'variance'], sums: ['dgamma', 'dbeta'] }),
  independentParts('rows', 'rows', { x: 0, dy: 0 }, { y: 0, dx: 0, mean: 0, variance: 0 }),
  additivity(['gamma', 'beta'], ['y', 'dx'], cases({ ...small, kinds: ['dyadic'] })),
  nan(cases(small), ['dy', 'gamma', 'beta']),

  related('features', 'the order of the features does not matter, nor how many axes hold them', (c) => {
    const { shape } = inputOf(c, 'x')
    const size = sizeOf(shape.slice(1))
    const { order, back } = shuffle(size)
    const flat = (x: NdArray) => permute({ shape: [shape[0], size], data: x.data }, 1, order)
    const unflat = (x: NdArray) => ({ shape, data: permute(x, 1, back).data })
    const turn = (p: NdArray) => permute(p, 0, order)
    const unturn = (p: NdArray) => permute(p, 0, back)
    return {
      other: changed(c, { inputs: each(c.inputs, { x: flat, gamma: turn, beta: turn }), dy: c.dy && flat(c.dy) }),
      carry: (r) => each(r, { y: unflat, dx: unflat, dgamma: unturn, dbeta: unturn, mean: same, variance: same }),
    }
  }),

  related('one group', 'a row is normalised as the one group of as many channels', (c) => {
    const { shape } = inputOf(c, 'x')
    const as = (shape: Shape) => (x: NdArray) => ({ shape, data: x.data })
    const flat = as([shape[0], sizeOf(shape.slice(1))])
    const inputs = each(c.inputs, { x: flat, gamma: same, beta: same })
    return {
      spec: groupNormSpec,
      other: {
        layer: 'groupNorm',
        attrs: { eps: c.attrs.eps, groups: 1 },
        inputs,
        ...(c.dy ? { dy: flat(c.dy) } : {}),
      },
      carry: (r) => each(r, { y: as(shape), dx: as(shape), dgamma: same, dbeta: same }),
    }
  }),

  saved((scope, tensors, dy, c) => {
    const [x, gamma, beta] = [tensorOf(tensors, 'x'), tensorOf(tensors, 'gamma'), tensorOf(tensors, 'beta')]
    const d = layerNorm.dims(x.shape, gamma.shape, beta.shape)
    const [mean, variance] = [tensorOf(tensors, 'mean'), tensorOf(tensors, 'variance')]
    return layerNorm.backward(scope, dy, { d, eps: Number(c.attrs.eps), x, gamma, mean, variance })
  }),
]

export const layerNormSpec: LayerSpec = {
  layer: 'layerNorm',
  cases: cases(small),
  large: cases(large),
  long: { deep: cases(deep), batch: cases(batch) },
  sharpen: (c, unit) => sharpNorm(c, view(c), stretches, unit),

  call(scope, inputs, c, dy, want) {
    const [x, gamma, beta] = [tensorOf(inputs, 'x'), tensorOf(inputs, 'gamma'), tensorOf(inputs, 'beta')]
    const { y, saved } = layerNorm.forward(scope, { x, gamma, beta }, { eps: Number(c.attrs.eps) })
    const { mean, variance } = saved
    return { y, mean, variance, ...(dy ? layerNorm.backward(scope, dy, saved, want) : {}) }
  },

  /** One group a row, gamma and beta a feature: see `normalizationErrors`. */
  bounds: (c, results, _magnitudes, unit) => elementwise(results, normalizationErrors(view(c), unit).errors),

  gradients: { x: 'dx', gamma: 'dgamma', beta: 'dbeta' },
  neighbourhood: (c, input) => normNeighbourhood(c, input, view(c)),

  // An infinite dy or gamma meets an infinity of the other sign in some arrangements of the formulas.
  special: () => ['x', 'beta'],

  laws,

  sweeps: [
    sweep('rows', [[square, square], ...longer.map((n) => [n, 3])], sparseCase),
    sweep(
      'features',
      longer.map((size) => [2, size]),
      sparseCase,
    ),
  ],

  common: [
    subnormals(
      [shrink({ x: 1, beta: 1 }), shrink({ dy: 1 })],
      cases({ ...small, kinds: ['normal'], spreads: ['plain'] }),
    ),
  ],
}
