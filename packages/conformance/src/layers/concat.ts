import { concat, type Shape } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { exactly } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { extend, permute } from '../core/gather.js'
import { changed, each, inputOf, tensorOf } from '../core/inputs.js'
import { seeds, sizes } from '../core/shapes.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { longest, sweep, vast, whole } from '../core/sweep.js'
import { values } from '../core/values.js'
import { adjoint } from '../laws/adjoint.js'
import { batchOrder } from '../laws/batchOrder.js'
import { related } from '../laws/relation.js'
import { sameBits } from '../laws/sameBits.js'
import { ofCopies, scale } from '../laws/scale.js'
import { signedZeros, withZeros } from '../laws/signedZeros.js'
import { shrink, subnormals } from '../laws/subnormals.js'

interface Sizes {
  readonly n: number
  readonly left: number
  readonly right: number
  readonly image: Shape
}

function caseOf({ n, left, right, image }: Sizes, draw: (shape: Shape) => NdArray): Case {
  const [x, z, dy] = [left, right, left + right].map((channels) => draw([n, channels, ...image]))
  return { layer: 'concat', attrs: {}, inputs: { x, z }, dy }
}

function cases(shapes: fc.Arbitrary<Sizes>): fc.Arbitrary<Case> {
  return fc
    .record({ shape: shapes, kind: fc.constantFrom('normal', 'dyadic', 'wide'), seed: seeds })
    .map(({ shape, kind, seed }) => {
      const random = new Random(seed)
      return caseOf(shape, (own) => values(random, own, kind))
    })
}

const small = cases(
  fc.record({
    n: sizes(7),
    left: sizes(33),
    right: sizes(33),
    image: fc.oneof(fc.constant([]), fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }))),
  }),
)
const large = cases(
  fc.record({
    n: fc.constantFrom(1, 5),
    left: fc.constantFrom(16, 31, 64),
    right: fc.constantFrom(1, 17, 32),
    image: fc.constantFrom([16, 16], [15, 17], [32, 9]),
  }),
)

const channelsOf = (c: Case) => [inputOf(c, 'x').shape[1], inputOf(c, 'z').shape[1]] as const

const parts: Law = {
  name: 'parts',
  says: 'the first channels of y are x and the others z, and of dy they are dx and dz',
  async check(subject, c) {
    const [left, right] = channelsOf(c)
    const first = (array: NdArray) => extend(array, 1, 0, -right)
    const others = (array: NdArray) => extend(array, 1, -left, 0)
    const { y, dx, dz } = await subject.run(c)
    const dy = c.dy ?? y
    const got = { x: first(y), z: others(y), dx, dz }
    sameBits(parts.says, c, got, { ...c.inputs, dx: first(dy), dz: others(dy) })
  },
}

/** Channels `left` and up before those below. */
function turned(array: NdArray, left: number): NdArray {
  const [whole, rest] = [array.shape[1], array.shape[1] - left]
  const order = Array.from({ length: whole }, (_, i) => (i < rest ? left + i : i - rest))
  return permute(array, 1, order)
}

export const concatSpec: LayerSpec = {
  layer: 'concat',
  cases: small,
  large,

  call(scope, inputs, _c, dy, want) {
    const { y, saved } = concat.forward(scope, { x: tensorOf(inputs, 'x'), z: tensorOf(inputs, 'z') })
    return dy ? { y, ...concat.backward(scope, dy, saved, want) } : { y }
  },

  /** Copies, both ways. */
  bounds: (_c, exact) => each(exact, { y: exactly, dx: exactly, dz: exactly }),

  gradients: { x: 'dx', z: 'dz' },

  laws: [
    adjoint({ x: 'dx' }, 'z'),
    parts,
    related('exchange', 'z and x instead of x and z are the same channels in the other order', (c) => {
      const [left, right] = channelsOf(c)
      const { x, z } = c.inputs
      return {
        other: changed(c, { inputs: { x: z, z: x }, dy: c.dy && turned(c.dy, left) }),
        carry: ({ y, dx, dz }) => ({ y: turned(y, right), dx: dz, dz: dx }),
      }
    }),
    scale({ x: 1, z: 1, dy: 2 }, { y: 1, dx: 2, dz: 2 }, ofCopies),
    batchOrder({ inputs: ['x', 'z'], outputs: ['y', 'dx', 'dz'], sums: [] }),
  ],

  sweeps: [
    ...(['n', 'left', 'right'] as const).map((name) =>
      sweep(
        { n: 'batch', left: 'channels of x', right: 'channels of z' }[name],
        vast,
        (size, random) => caseOf({ n: 2, left: 3, right: 2, image: [], [name]: size }, (shape) => whole(random, shape)),
        'exact',
      ),
    ),
    sweep(
      'pixels',
      longest,
      (size, random) => caseOf({ n: 1, left: 1, right: 1, image: [1, size] }, (shape) => whole(random, shape)),
      'exact',
    ),
  ],

  common: [subnormals([shrink({ x: 1, z: 1, dy: 1 })]), signedZeros(['y', 'dx', 'dz'], withZeros(['x', 'z', 'dy']))],
}
