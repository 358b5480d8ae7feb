import { keepsInput, relu, type Shape } from '@convkit/api'
import { Random } from '@convkit/data'
import fc from 'fast-check'
import { exactly } from '../core/bounds.js'
import type { Case } from '../core/case.js'
import { kinkedValues } from '../core/distinct.js'
import { changed, each, inputOf, tensorOf } from '../core/inputs.js'
import { seeds } from '../core/shapes.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { longest, sweep, whole } from '../core/sweep.js'
import { map } from '../core/values.js'
import { batchOrder } from '../laws/batchOrder.js'
import { sameBits } from '../laws/sameBits.js'
import { saved } from '../laws/saved.js'
import { ofCopies, scale } from '../laws/scale.js'
import { shrink, subnormals } from '../laws/subnormals.js'
import { elementShapes, manyElements } from './elements.js'

function cases(shapes: fc.Arbitrary<Shape>): fc.Arbitrary<Case> {
  return fc
    .record({
      shape: shapes,
      kind: fc.constantFrom('normal', 'ties', 'wide', 'distinct'),
      seed: seeds,
    })
    .map(({ shape, kind, seed }) => {
      const random = new Random(seed)
      const x = kinkedValues(random, shape, kind)
      return { layer: 'relu', attrs: {}, inputs: { x }, dy: kinkedValues(random, shape, kind) }
    })
}

/** The neighbours of the kink that every arithmetic keeps: both zeros and the smallest normal numbers of float32. */
const atKink = [0, -0, 2 ** -126, -(2 ** -126)]

/** 0 without a sign where the slope is 0. */
const times = (slope: number, value: number) => (slope === 0 ? 0 : slope * value)

const kink: Law = {
  name: 'kink',
  says: 'the gradient is dy at the smallest number above 0 and 0 below, and at 0 and -0 as declared, by default 0',
  async check(subject, c) {
    const { slopeAtZero } = subject.unit.conventions.relu
    const x = map(inputOf(c, 'x'), (_, i) => atKink[i % atKink.length])
    const near = changed(c, { inputs: { x } })
    const expected = {
      y: map(x, (value) => Math.max(0, value)),
      dx: map(c.dy ?? x, (value, i) => (x.data[i] > 0 ? value : x.data[i] === 0 ? times(slopeAtZero, value) : 0)),
    }
    sameBits(kink.says, near, await subject.run(near), expected)
  },
}

const halves: Law = {
  name: 'halves',
  says: 'relu(x) - relu(-x) = x, and the two gradients add up to dy, or where x is 0 to twice the slope declared for it',
  async check(subject, c) {
    const x = inputOf(c, 'x')
    const [{ y, dx }, other] = [
      await subject.run(c),
      await subject.run(changed(c, { inputs: { x: map(x, (value) => -value) } })),
    ]
    const got = each(
      { y, dx },
      {
        y: (a) => map(a, (value, i) => value - other.y.data[i]),
        dx: (a) => map(a, (value, i) => value + other.dx.data[i]),
      },
    )
    const atZero = 2 * subject.unit.conventions.relu.slopeAtZero
    const expected = { y: x, dx: map(c.dy ?? x, (value, i) => (x.data[i] === 0 ? times(atZero, value) : value)) }
    sameBits(halves.says, c, got, expected)
  },
}

const idempotent: Law = {
  name: 'idempotent',
  says: 'relu(relu(x)) = relu(x)',
  async check(subject, c) {
    const { y } = await subject.run(c)
    const { y: again } = await subject.run(changed(c, { inputs: { x: y } }))
    sameBits(idempotent.says, c, { y: again }, { y }, ['of y itself', 'of x'])
  },
}

export const reluSpec: LayerSpec = {
  layer: 'relu',
  cases: cases(elementShapes),
  large: cases(manyElements),

  call(scope, inputs, _c, dy, want) {
    const { y, saved } = relu.forward(scope, { x: tensorOf(inputs, 'x') })
    return dy ? { y, ...relu.backward(scope, dy, saved, want) } : { y }
  },

  /** Both passes choose and never compute: no rounding, but that of half the smallest number where a slope is 1/2. */
  bounds: (c, exact, _absolute, unit) => ({
    ...each(exact, { y: exactly, dx: exactly }),
    ...(unit.conventions.relu.slopeAtZero === 0.5
      ? each(exact, { dx: (dx) => map(dx, (_, i) => (inputOf(c, 'x').data[i] === 0 ? unit.eta : 0)) })
      : {}),
  }),

  gradients: { x: 'dx' },

  neighbourhood: (c) => ({ room: map(inputOf(c, 'x'), (value) => Math.abs(value) / 2) }),

  laws: [
    halves,
    kink,
    idempotent,
    scale({ x: 2, dy: 1 }, { y: 2, dx: 1 }, ofCopies),
    batchOrder({ inputs: ['x'], outputs: ['y', 'dx'], sums: [] }),
    saved((scope, tensors, dy) => {
      const y = tensorOf(tensors, keepsInput(scope.backend) ? 'x' : 'y')
      return relu.backward(scope, dy, { d: relu.dims(y.shape), y })
    }),
  ],

  sweeps: [
    sweep(
      'elements',
      longest,
      (size, random) => {
        const [x, dy] = [whole(random, [size]), whole(random, [size])]
        return { layer: 'relu', attrs: {}, inputs: { x }, dy }
      },
      'exact',
    ),
  ],

  common: [subnormals([shrink({ x: 1, dy: 1 })])],
}
