import { type BatchNormOptions, batchNorm, type Shape, sizeOf } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { elementwise } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { compare } from '../core/compare.js'
import { gather } from '../core/gather.js'
import { changed, each, inputOf, same, tensorOf } from '../core/inputs.js'
import { type Approx, exact, running } from '../core/running.js'
import { scalars } from '../core/scalars.js'
import { blocks, seeds, sizes } from '../core/shapes.js'
import type { LayerSpec } from '../core/spec.js'
import type { Unit } from '../core/unit.js'
import { absolute, map, type ValueKind, values } from '../core/values.js'
import { additivity } from '../laws/additivity.js'
import { adjoint } from '../laws/adjoint.js'
import { batchOrder } from '../laws/batchOrder.js'
import { independentParts } from '../laws/independentParts.js'
import { nan } from '../laws/nan.js'
import { related } from '../laws/relation.js'
import { saved } from '../laws/saved.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import { batchNormSweeps } from './batchNormSweeps.js'
import { type Grouping, type Normalization, type NormalizationErrors, normalizationErrors } from './normalization.js'
import { type Spread, withSpread } from './normInputs.js'
import { affineInputs, normLaws, normNeighbourhood } from './normLaws.js'
import { sharpNorm } from './normSharp.js'
import { processes } from './processes.js'
import { synchronised } from './synchronised.js'

interface Sizes {
  readonly shapes: fc.Arbitrary<Shape>
  readonly work: number
  readonly kinds: readonly ValueKind[]
  readonly spreads: readonly Spread[]
  readonly modes: readonly BatchNormOptions['mode'][]
}

function cases({ shapes, work, kinds, spreads, modes }: Sizes): fc.Arbitrary<Case> {
  return fc
    .record({
      shape: shapes.filter((shape) => sizeOf(shape) <= work),
      mode: fc.constantFrom(...modes),
      eps: scalars([1e-5, 1e-3, 0.5], [1e-5, 1]),
      momentum: scalars([0.9, 0.99, 0.5, 0, 1], [1e-3, 1]),
      kind: fc.constantFrom(...kinds),
      spread: fc.constantFrom(...spreads),
      seed: seeds,
    })
    .map(({ shape, mode, eps, momentum, kind, spread, seed }) => {
      const random = new Random(seed)
      const [, channels] = shape
      const perChannel = () => values(random, [channels], kind)
      const x = withSpread(random, values(random, shape, kind), channelOf(shape).group, spread)
      const runningVar = absolute(perChannel())
      const inputs = { x, gamma: perChannel(), beta: perChannel(), runningMean: perChannel(), runningVar }
      return { layer: 'batchNorm', attrs: { mode, eps, momentum }, inputs, dy: values(random, shape, kind) }
    })
}

const small: Sizes = {
  shapes: fc.oneof(
    { withCrossShrink: true },
    { arbitrary: fc.tuple(sizes(9), sizes(17)), weight: 1 },
    { arbitrary: fc.tuple(sizes(9), sizes(17), sizes(9), sizes(9)), weight: 2 },
  ),
  work: 2000,
  kinds: ['normal', 'dyadic', 'wide'],
  spreads: ['plain', 'mixed'],
  modes: ['train', 'train', 'test'],
}
const large: Sizes = {
  ...small,
  shapes: fc.oneof(
    { arbitrary: fc.tuple(blocks(1025), fc.constantFrom(3, 16, 33)), weight: 1 },
    {
      arbitrary: fc.tuple(fc.constantFrom(2, 3, 5, 8), fc.constantFrom(1, 3, 5, 16), blocks(33), blocks(33)),
      weight: 3,
    },
  ),
  work: 40_000,
  kinds: ['normal'],
}
const dyadic = cases({ ...small, kinds: ['dyadic'], spreads: ['plain', 'offset', 'constant'] })
const batch: Sizes = {
  ...large,
  shapes: fc.oneof(
    { arbitrary: fc.tuple(fc.constantFrom(1000, 4096, 10_000), fc.integer({ min: 1, max: 3 })), weight: 1 },
    {
      arbitrary: fc.tuple(
        fc.constantFrom(50, 64, 100),
        fc.constantFrom(1, 1, 2),
        fc.constantFrom(16, 32, 32),
        fc.constant(32),
      ),
      weight: 4,
    },
  ),
  work: 110_000,
}

// The arbitrary above is the only source of these attributes.
const attrsOf = (c: Case) => c.attrs as Required<BatchNormOptions>
const isTest = (c: Case) => attrsOf(c).mode === 'test'

function channelOf(shape: Shape): Grouping {
  const [, channels, ...image] = shape
  const inner = sizeOf(image)
  const channel = new Int32Array(sizeOf(shape))
  for (let i = 0; i < channel.length; i++) channel[i] = Math.floor(i / inner) % channels
  return { group: channel, param: channel }
}

function view(c: Case): Normalization {
  const fixed = { mean: inputOf(c, 'runningMean').data, variance: inputOf(c, 'runningVar').data }
  return {
    ...channelOf(inputOf(c, 'x').shape),
    ...affineInputs(c),
    eps: attrsOf(c).eps,
    ...(isTest(c) ? { fixed } : {}),
  }
}

/** momentum * running + (1 - momentum) * batch, for each channel. */
function averages(c: Case, name: string, batch: readonly Approx[], unit: Unit): Approx[] {
  const { scalar, add, sub, mul } = running(unit)
  const momentum = scalar(attrsOf(c).momentum)
  const fresh = sub(exact(1), momentum)
  return batch.map((value, i) => add(mul(momentum, exact(inputOf(c, name).data[i])), mul(fresh, value)))
}

/**
 * `moments` and `normalizationErrors` derive the errors of all results; the running averages inherit those of the
 * statistics. x and dy may be `off` to begin with.
 */
export function batchNormErrors(c: Case, unit: Unit, off?: Normalization['off']): NormalizationErrors['errors'] {
  const { errors, mean, variance } = normalizationErrors({ ...view(c), ...(off ? { off } : {}) }, unit)
  const average = (name: string, batch: readonly Approx[]) =>
    isTest(c) ? batch.map(() => 0) : averages(c, name, batch, unit).map(({ error }) => error)
  return { ...errors, runningMean: average('runningMean', mean), runningVar: average('runningVar', variance) }
}

const channelAxes = { gamma: 0, beta: 0, runningMean: 0, runningVar: 0 }

/** Each pixel of each image becomes a row of its own, or each row an image of one pixel. */
function otherRank(shape: Shape): { to: (x: NdArray) => NdArray; back: (x: NdArray) => NdArray } {
  const [n, channels, h, w] = shape
  if (shape.length === 2) {
    const as = (shape: Shape) => (x: NdArray) => ({ shape, data: x.data })
    return { to: as([n, channels, 1, 1]), back: as(shape) }
  }
  return {
    to: (x) =>
      gather(x, [n * h * w, channels], ([row, ch]) => [
        Math.floor(row / (h * w)),
        ch,
        Math.floor((row % (h * w)) / w),
        row % w,
      ]),
    back: (x) => gather(x, shape, ([image, ch, i, j]) => [(image * h + i) * w + j, ch]),
  }
}

const laws = [
  ...normLaws(view, dyadic),
  batchOrder({
    inputs: ['x'],
    outputs: ['y', 'dx'],
    sums: ['dgamma', 'dbeta', 'mean', 'variance', 'runningMean', 'runningVar'],
  }),
  independentParts(
    'channels',
    'channels',
    { x: 1, dy: 1, ...channelAxes },
    { y: 1, dx: 1, dgamma: 0, dbeta: 0, mean: 0, variance: 0, ...channelAxes },
  ),
  additivity(['gamma', 'beta'], ['y', 'dx'], cases({ ...small, kinds: ['dyadic'] })),
  nan(cases(small), ['dy', 'gamma', 'beta', 'runningMean', 'runningVar']),
  processes(cases({ ...small, modes: ['train'] })),

  synchronised(cases({ ...small, modes: ['train'] })),

  {
    ...adjoint({ x: 'dx', gamma: 'dgamma' }, 'beta'),
    says: 'in test mode y is linear in x: <dy, y - beta> = <dx, x> where the running mean is 0',
    cases: cases({ ...small, modes: ['test'] }).map((c) =>
      changed(c, { inputs: { runningMean: map(inputOf(c, 'runningMean'), () => 0) } }),
    ),
  },

  related('rank', 'an image is as many rows as it has pixels, and a row is an image of one pixel', (c) => {
    const { to, back } = otherRank(inputOf(c, 'x').shape)
    const stays = { dgamma: same, dbeta: same, mean: same, variance: same, runningMean: same, runningVar: same }
    return {
      other: changed(c, { inputs: each(c.inputs, { x: to }), dy: c.dy && to(c.dy) }),
      carry: (r) => each(r, { y: back, dx: back, ...stays }),
    }
  }),

  {
    name: 'running',
    says: 'running = momentum * running + (1 - momentum) * batch in train mode, and is left alone in test mode',
    async check(subject, c) {
      const results = await subject.run(c)
      const expected: { [name: string]: NdArray } = {}
      const bounds: { [name: string]: NdArray } = {}
      for (const [name, batch] of [
        ['runningMean', results.mean],
        ['runningVar', results.variance],
      ] as const) {
        const old = inputOf(c, name)
        const after = isTest(c)
          ? Array.from(old.data, exact)
          : averages(c, name, Array.from(batch.data, exact), subject.unit)
        expected[name] = map(old, (_, i) => after[i].value)
        bounds[name] = map(old, (_, i) => after[i].error)
      }
      compare(`running: ${this.says}`, c, results, expected, bounds, subject)
    },
  },

  saved((scope, tensors, dy, c) => {
    const [x, gamma] = [tensorOf(tensors, 'x'), tensorOf(tensors, 'gamma')]
    const mean = tensorOf(tensors, isTest(c) ? 'runningMean' : 'mean')
    const variance = tensorOf(tensors, isTest(c) ? 'runningVar' : 'variance')
    const { mode, eps } = attrsOf(c)
    return batchNorm.backward(scope, dy, { d: batchNorm.dims(x.shape), mode, eps, x, gamma, mean, variance })
  }),
] satisfies LayerSpec['laws']

export const batchNormSpec: LayerSpec = {
  layer: 'batchNorm',
  cases: cases(small),
  large: cases(large),
  long: { batch: cases(batch) },
  sharpen: (c, unit) => sharpNorm(c, view(c), inputOf(c, 'x').shape[0], unit),
  inPlace: ['runningMean', 'runningVar'],

  call(scope, inputs, c, dy, want) {
    const [runningMean, runningVar] = [tensorOf(inputs, 'runningMean'), tensorOf(inputs, 'runningVar')]
    const [x, gamma, beta] = [tensorOf(inputs, 'x'), tensorOf(inputs, 'gamma'), tensorOf(inputs, 'beta')]
    const { y, saved } = batchNorm.forward(scope, { x, gamma, beta, runningMean, runningVar }, attrsOf(c))
    const statistics = isTest(c) ? {} : { mean: saved.mean, variance: saved.variance }
    const gradients = dy ? batchNorm.backward(scope, dy, saved, want) : {}
    return { y, ...statistics, runningMean, runningVar, ...gradients }
  },

  bounds: (c, results, _magnitudes, unit) => elementwise(results, batchNormErrors(c, unit)),

  gradients: { x: 'dx', gamma: 'dgamma', beta: 'dbeta' },
  neighbourhood: (c, input) => normNeighbourhood(c, input, view(c)),

  // In train mode an infinite dy meets -infinity in some arrangements of dx; an infinite gamma meets it in y = x k + b.
  special: (c) => (isTest(c) ? ['x', 'beta', 'dy'] : ['x', 'beta']),

  laws,

  sweeps: batchNormSweeps,
  common: [
    subnormals(
      [shrink({ x: 1, beta: 1, runningMean: 1 }), shrink({ dy: 1 })],
      cases({ ...small, kinds: ['normal'], spreads: ['plain'] }),
    ),
  ],
}
