import { groupNorm, type Shape, sizeOf } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { elementwise } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { gather } from '../core/gather.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { scalars } from '../core/scalars.js'
import { blocks, seeds, sizes } from '../core/shapes.js'
import { shuffle } from '../core/shuffle.js'
import type { LayerSpec } from '../core/spec.js'
import { longer, square, sweep } from '../core/sweep.js'
import { type ValueKind, values } from '../core/values.js'
import { additivity } from '../laws/additivity.js'
import { batchOrder } from '../laws/batchOrder.js'
import { independentParts, take } from '../laws/independentParts.js'
import { nan } from '../laws/nan.js'
import { related } from '../laws/relation.js'
import { saved } from '../laws/saved.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import { batchNormSpec } from './batchNorm.js'
import { type Grouping, type Normalization, normalizationErrors } from './normalization.js'
import { type Spread, sparseNorm, withSpread } from './normInputs.js'
import { affineInputs, normLaws, normNeighbourhood } from './normLaws.js'
import { sharpNorm, stretches } from './normSharp.js'

interface Sizes {
  readonly batch: fc.Arbitrary<number>
  readonly groupC: fc.Arbitrary<number>
  readonly axes: fc.Arbitrary<Shape>
  readonly work: number
  readonly kinds: readonly ValueKind[]
  readonly spreads: readonly Spread[]
}

interface Attrs {
  readonly eps: number
  readonly groups: number
}

function cases({ batch, groupC, axes, work, kinds, spreads }: Sizes): fc.Arbitrary<Case> {
  return fc
    .record({
      n: batch,
      groups: fc.integer({ min: 1, max: 5 }),
      groupC,
      axes,
      eps: scalars([1e-5, 1e-3, 0.5], [1e-5, 1]),
      kind: fc.constantFrom(...kinds),
      spread: fc.constantFrom(...spreads),
      seed: seeds,
    })
    .filter(({ n, groups, groupC, axes }) => n * groups * groupC * sizeOf(axes) <= work)
    .map(({ n, groups, groupC, axes, eps, kind, spread, seed }) => {
      const random = new Random(seed)
      const shape = [n, groups * groupC, ...axes]
      const channels = [groups * groupC]
      const x = withSpread(random, values(random, shape, kind), groupsOf(shape, groups).group, spread)
      const inputs = { x, gamma: values(random, channels, kind), beta: values(random, channels, kind) }
      return { layer: 'groupNorm', attrs: { eps, groups }, inputs, dy: values(random, shape, kind) }
    })
}

const small: Sizes = {
  batch: sizes(9),
  groupC: sizes(9),
  axes: fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.constant([]), weight: 1 },
    { arbitrary: fc.tuple(sizes(9)), weight: 1 },
    { arbitrary: fc.tuple(sizes(9), sizes(9)), weight: 3 },
  ),
  work: 2000,
  kinds: ['normal', 'dyadic', 'wide'],
  spreads: ['plain', 'mixed'],
}
const large: Sizes = {
  ...small,
  batch: fc.constantFrom(1, 2, 3, 5),
  groupC: fc.constantFrom(1, 3, 4, 16, 17),
  axes: fc.oneof(fc.tuple(blocks(1025)), fc.tuple(blocks(33), blocks(33)), fc.tuple(blocks(33), blocks(33))),
  work: 40_000,
  kinds: ['normal'],
}
const deep: Sizes = {
  ...large,
  batch: fc.constantFrom(1, 2),
  groupC: fc.constantFrom(4, 16, 33),
  axes: fc.tuple(fc.constantFrom(32, 33), fc.constantFrom(31, 32)),
  work: 70_000,
}
const batch: Sizes = {
  ...large,
  batch: fc.constantFrom(50, 64, 100),
  groupC: fc.constantFrom(1, 2),
  axes: fc.tuple(fc.constantFrom(8, 16), fc.constantFrom(8, 15)),
  work: 70_000,
}
const dyadic = cases({ ...small, kinds: ['dyadic'], spreads: ['plain', 'offset', 'constant'] })

function sparseCase(shape: Shape, groups: number, random: Random): Case {
  return sparseNorm('groupNorm', { eps: 1e-3, groups }, shape, [shape[1]], random)
}

// The arbitrary above is the only source of these attributes.
const attrsOf = (c: Case) => ({ eps: c.attrs.eps, groups: c.attrs.groups }) as Attrs

export function groupsOf(shape: Shape, groups: number): Grouping {
  const [, channels, ...image] = shape
  const inner = sizeOf(image)
  const size = (channels / groups) * inner
  const [group, param] = [new Int32Array(sizeOf(shape)), new Int32Array(sizeOf(shape))]
  for (let i = 0; i < group.length; i++) {
    group[i] = Math.floor(i / size)
    param[i] = Math.floor(i / inner) % channels
  }
  return { group, param }
}

function view(c: Case): Normalization {
  const { eps, groups } = attrsOf(c)
  return { ...groupsOf(inputOf(c, 'x').shape, groups), ...affineInputs(c), eps }
}

const laws = [
  ...normLaws(view, dyadic),
  batchOrder({ inputs: ['x'], outputs: ['y', 'dx', 'mean', 'variance'], sums: ['dgamma', 'dbeta'] }),
  independentParts('images', 'images', { x: 0, dy: 0 }, { y: 0, dx: 0, mean: 0, variance: 0 }),
  additivity(['gamma', 'beta'], ['y', 'dx'], cases({ ...small, kinds: ['dyadic'] })),
  nan(cases(small), ['dy', 'gamma', 'beta']),

  related('groups', 'groups do not see one another, nor the order of their channels', (c) => {
    const { groups } = attrsOf(c)
    const { shape } = inputOf(c, 'x')
    const groupC = shape[1] / groups
    const chosen = shuffle(groups).order.slice(0, Math.ceil(groups / 2))
    const channels = Int32Array.from(
      { length: chosen.length * groupC },
      (_, i) => (chosen[Math.floor(i / groupC)] + 1) * groupC - 1 - (i % groupC),
    )
    const [x, p] = [(a: NdArray) => take(a, 1, channels), (a: NdArray) => take(a, 0, channels)]
    return {
      other: changed(c, {
        attrs: { groups: chosen.length },
        inputs: each(c.inputs, { x, gamma: p, beta: p }),
        dy: c.dy && x(c.dy),
      }),
      carry: (r) => each(r, { y: same, dx: same, dgamma: same, dbeta: same }),
      here: (r) => each(r, { y: x, dx: x, dgamma: p, dbeta: p }),
    }
  }),

  related(
    'instances',
    'a group of one channel is a channel of one image under batch norm',
    (c) => {
      const { shape } = inputOf(c, 'x')
      const [n, channels, ...image] = shape
      const apart = (x: NdArray): NdArray => ({ shape: [1, n * channels, sizeOf(image), 1], data: x.data })
      const together = (x: NdArray): NdArray => ({ shape, data: x.data })
      const repeat = (p: NdArray) => gather(p, [n * channels], ([i]) => [i % channels])
      const zeros: NdArray = { shape: [n * channels], data: new Float64Array(n * channels) }
      const inputs = each(c.inputs, { x: apart, gamma: repeat, beta: repeat })
      return {
        spec: batchNormSpec,
        other: {
          layer: 'batchNorm',
          attrs: { mode: 'train', eps: c.attrs.eps, momentum: 0.9 },
          inputs: { ...inputs, runningMean: zeros, runningVar: zeros },
          ...(c.dy ? { dy: apart(c.dy) } : {}),
        },
        carry: (r) => each(r, { y: together, dx: together }),
      }
    },
    cases({ ...small, groupC: fc.constant(1) }),
  ),

  saved((scope, tensors, dy, c) => {
    const { eps, groups } = attrsOf(c)
    const [x, gamma, beta] = [tensorOf(tensors, 'x'), tensorOf(tensors, 'gamma'), tensorOf(tensors, 'beta')]
    const d = groupNorm.dims(x.shape, gamma.shape, beta.shape, groups)
    const [mean, variance] = [tensorOf(tensors, 'mean'), tensorOf(tensors, 'variance')]
    return groupNorm.backward(scope, dy, { d, eps, x, gamma, mean, variance })
  }),
]

export const groupNormSpec: LayerSpec = {
  layer: 'groupNorm',
  cases: cases(small),
  large: cases(large),
  long: { deep: cases(deep), batch: cases(batch) },
  sharpen: (c, unit) => sharpNorm(c, view(c), stretches, unit),

  call(scope, inputs, c, dy, want) {
    const [x, gamma, beta] = [tensorOf(inputs, 'x'), tensorOf(inputs, 'gamma'), tensorOf(inputs, 'beta')]
    const { y, saved } = groupNorm.forward(scope, { x, gamma, beta }, attrsOf(c))
    const { mean, variance } = saved
    return { y, mean, variance, ...(dy ? groupNorm.backward(scope, dy, saved, want) : {}) }
  },

  /** One group for each image and group of channels, gamma and beta a channel: see `normalizationErrors`. */
  bounds: (c, results, _magnitudes, unit) => elementwise(results, normalizationErrors(view(c), unit).errors),

  gradients: { x: 'dx', gamma: 'dgamma', beta: 'dbeta' },
  neighbourhood: (c, input) => normNeighbourhood(c, input, view(c)),

  // An infinite dy or gamma meets an infinity of the other sign in some arrangements of the formulas.
  special: () => ['x', 'beta'],

  laws,

  sweeps: [
    sweep('images', longer, (n, random) => sparseCase([n, 2, 2], 1, random)),
    sweep('groups', longer, (groups, random) => sparseCase([2, groups, 2], groups, random)),
    sweep('channels', longer, (groupC, random) => sparseCase([2, 2 * groupC], 2, random)),
    sweep('pixels', [square ** 2, ...longer], (inner, random) => sparseCase([1, 2, inner], 2, random)),
  ],

  common: [
    subnormals(
      [shrink({ x: 1, beta: 1 }), shrink({ dy: 1 })],
      cases({ ...small, kinds: ['normal'], spreads: ['plain'] }),
    ),
  ],
}
