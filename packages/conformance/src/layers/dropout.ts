import { dropout, type Shape } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { isWhole } from '../core/arithmetic.js'
import { exactly, gamma } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed, each, same, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { longest, sweep, whole } from '../core/sweep.js'
import { map, type ValueKind, values } from '../core/values.js'
import { adjoint } from '../laws/adjoint.js'
import { sameBits } from '../laws/sameBits.js'
import { scale } from '../laws/scale.js'
import { signedZeros, withZeros } from '../laws/signedZeros.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import { elementShapes, manyElements } from './elements.js'

type Attrs = {
  readonly mode: 'train' | 'test'
  readonly p: number
  /** What the mask is drawn from. */
  readonly seed: number
}

interface Choice {
  readonly shapes?: fc.Arbitrary<Shape>
  readonly mode?: fc.Arbitrary<Attrs['mode']>
  readonly p?: fc.Arbitrary<number>
  readonly kinds?: readonly ValueKind[]
}

const anyP = fc.oneof(
  fc.constantFrom(0, 0.5, 0.75),
  fc.integer({ min: 1, max: 99 }).map((percent) => percent / 100),
)

function cases({
  shapes = elementShapes,
  mode = fc.constantFrom('train', 'train', 'train', 'test'),
  p = anyP,
  kinds = ['normal', 'dyadic', 'wide'],
}: Choice): fc.Arbitrary<Case> {
  return fc
    .record({ shape: shapes, mode, p, kind: fc.constantFrom(...kinds), seed: seeds })
    .map(({ shape, mode, p, kind, seed }) => {
      const random = new Random(seed)
      const [x, dy] = [values(random, shape, kind), values(random, shape, kind)]
      return { layer: 'dropout', attrs: { mode, p, seed }, inputs: { x }, dy }
    })
}

const train = fc.constant('train' as const)

// The arbitrary above is the only source of these attributes.
const attrsOf = (c: Case) => c.attrs as Attrs

const mask: Law = {
  name: 'mask',
  says: 'ones become 0 or 1 / (1 - p), and the gradient passes through the same mask',
  cases: cases({ mode: train }),
  async check(subject, c) {
    const one = (array: NdArray) => map(array, () => 1)
    const ones = changed(c, { inputs: each(c.inputs, { x: one }), dy: c.dy && one(c.dy) })
    const { y, dx } = await subject.run(ones)
    sameBits(mask.says, ones, { dx }, { dx: y }, ['as the gradient of ones', 'as y of ones'])
    const kept = 1 / (1 - attrsOf(c).p)
    const expected = map(y, (value) => (value === 0 ? 0 : kept))
    compare(mask.says, ones, { y }, { y: expected }, each(await subject.bounds(ones), { y: same }), subject)
  },
}

/** Where nothing is dropped nothing is computed either. */
function identity(name: string, says: string, cases: fc.Arbitrary<Case>): Law {
  return {
    name,
    says,
    cases,
    async check(subject, c) {
      const [expected, { y, dx }] = [{ y: c.inputs.x, dx: c.dy ?? c.inputs.x }, await subject.run(c)]
      // A kernel that computes with fewer bits rounds a product with 1 too.
      if (isWhole(subject.unit, subject.dtype)) sameBits(says, c, { y, dx }, expected)
      else compare(says, c, { y, dx }, expected, await subject.bounds(c), subject)
    },
  }
}

export const dropoutSpec: LayerSpec = {
  layer: 'dropout',
  cases: cases({}),
  large: cases({ shapes: manyElements, mode: train, kinds: ['normal'] }),

  call(scope, inputs, c, dy, want) {
    const { mode, p, seed } = attrsOf(c)
    const random = new Random(seed)
    const { y, saved } = dropout.forward(
      scope,
      { x: tensorOf(inputs, 'x') },
      { mode, p, random: () => random.uniform() },
    )
    return dy ? { y, ...dropout.backward(scope, dy, saved, want) } : { y }
  },

  /** A product with 1 / (1 - p), itself rounded: gamma(2) of the result. In test mode, a copy. */
  bounds(c, exact, _magnitudes, unit) {
    if (attrsOf(c).mode === 'test') return each(exact, { y: exactly, dx: exactly })
    const product = (array: NdArray) => map(array, (value) => gamma(2, unit) * Math.abs(value) + unit.eta)
    return each(exact, { y: product, dx: product })
  },

  gradients: { x: 'dx' },

  laws: [
    mask,
    identity('test mode', 'in test mode y is x and dx is dy', cases({ mode: fc.constant('test') })),
    identity('keeps all', 'with p = 0 y is x and dx is dy', cases({ mode: train, p: fc.constant(0) })),
    adjoint({ x: 'dx' }),
    scale({ x: 1, dy: 2 }, { y: 1, dx: 2 }),
  ],

  sweeps: [
    sweep(
      'elements',
      longest,
      (size, random) => {
        const [x, dy] = [whole(random, [size]), whole(random, [size])]
        // 1 / (1 - p) is 2.
        const attrs = { mode: 'train', p: 0.5, seed: random.integer(2 ** 31) }
        return { layer: 'dropout', attrs, inputs: { x }, dy }
      },
      'exact',
    ),
  ],

  common: [subnormals([shrink({ x: 1, dy: 1 })]), signedZeros(['y', 'dx'], withZeros(['x', 'dy']))],
}
