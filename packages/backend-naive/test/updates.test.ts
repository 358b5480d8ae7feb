import { adam, adamw, rmsprop, Scope, sgd, sgdMomentum, type Update } from '@convkit/api'
import { describe, expect, test } from 'vitest'
import { createNaive } from '../src/index.js'
import { draw } from './draw.js'

/** One step of one parameter: [w, ...slots] from their old values; `round` stands for storing a number. */
type Formula = (round: (v: number) => number, state: readonly number[], g: number, step: number) => readonly number[]

const steps = 4
const size = 6

/** w and its slots after each step, from tensors of the dtype of `w`. */
async function path<S extends object, A extends Float32Array | Float64Array>(
  update: Update<S>,
  scalarsAt: (step: number) => S,
  w: A,
  gradients: readonly A[],
): Promise<number[][][]> {
  using scope = new Scope(createNaive())
  const state = [w, ...update.slots.map(() => w.map(() => 0))].map((data) => scope.from(data, [size]))
  const [parameter, ...slots] = state
  const seen: number[][][] = []
  for (const [i, g] of gradients.entries()) {
    update.update(parameter, scope.from(g, [size]), slots, scalarsAt(i + 1))
    seen.push(await Promise.all(state.map(async (tensor) => [...(await tensor.read())])))
  }
  return seen
}

/** Several steps in both dtypes, to the bit; in float32 every stored number is rounded once. */
async function expectFormula<S extends object>(
  update: Update<S>,
  scalarsAt: (step: number) => S,
  formula: Formula,
): Promise<void> {
  const random = draw(22)
  const w = Float32Array.from(random(size))
  const gradients = Array.from({ length: steps }, () => Float32Array.from(random(size)))

  function expected(round: (v: number) => number): number[][][] {
    let state = [[...w], ...update.slots.map(() => [...w].map(() => 0))]
    return gradients.map((g, i) => {
      const next = [...g].map((gi, k) =>
        formula(
          round,
          state.map((values) => values[k]),
          gi,
          i + 1,
        ),
      )
      state = state.map((_, slot) => next.map((values) => round(values[slot])))
      return state
    })
  }

  expect(await path(update, scalarsAt, w, gradients)).toEqual(expected(Math.fround))
  const wide = gradients.map((g) => Float64Array.from(g))
  expect(await path(update, scalarsAt, Float64Array.from(w), wide)).toEqual(expected((v) => v))
}

const lr = 0.05

function adamFormula(decay: number): Formula {
  return (round, [w, m, v], g, step) => {
    const m1 = round(0.8 * m + (1 - 0.8) * g)
    const v1 = round(0.95 * v + (1 - 0.95) * (g * g))
    const mHat = m1 / (1 - 0.8 ** step)
    const vHat = v1 / (1 - 0.95 ** step)
    return [w - lr * decay * w - (lr * mHat) / (Math.sqrt(vHat) + 1e-6), m1, v1]
  }
}

const adamScalars = { learningRate: lr, beta1: 0.8, beta2: 0.95, epsilon: 1e-6 }

describe('updates follow their formulas', () => {
  test('sgd', async () => {
    await expectFormula(
      sgd,
      () => ({ learningRate: lr }),
      (_, [w], g) => [w - lr * g],
    )
  })

  test('sgdMomentum', async () => {
    await expectFormula(
      sgdMomentum,
      () => ({ learningRate: lr, momentum: 0.7 }),
      (round, [w, v], g) => {
        const v1 = round(0.7 * v - lr * g)
        return [w + v1, v1]
      },
    )
  })

  test('rmsprop', async () => {
    await expectFormula(
      rmsprop,
      () => ({ learningRate: lr, decayRate: 0.9, epsilon: 1e-6 }),
      (round, [w, v], g) => {
        const v1 = round(0.9 * v + (1 - 0.9) * (g * g))
        return [w - (lr * g) / (Math.sqrt(v1) + 1e-6), v1]
      },
    )
  })

  test('adam', async () => {
    await expectFormula(adam, (step) => ({ ...adamScalars, step }), adamFormula(0))
  })

  test('adamw', async () => {
    await expectFormula(adamw, (step) => ({ ...adamScalars, step, weightDecay: 0.1 }), adamFormula(0.1))
  })
})

describe('updates', () => {
  const w = draw(23)(size)
  const gradients = [draw(24)(size), draw(25)(size)]

  test('sgdMomentum without momentum is sgd', async () => {
    const plain = await path(sgd, () => ({ learningRate: lr }), w, gradients)
    const still = await path(sgdMomentum, () => ({ learningRate: lr, momentum: 0 }), w, gradients)
    expect(still.map(([parameter]) => parameter)).toEqual(plain.map(([parameter]) => parameter))
  })

  test('the first step of adam is the learning rate against the sign of the gradient', async () => {
    const [[moved]] = await path(adam, (step) => ({ ...adam.defaults, epsilon: 0, step }), w, gradients)
    for (let i = 0; i < size; i++)
      expect(Math.abs(moved[i] - (w[i] - 1e-3 * Math.sign(gradients[0][i])))).toBeLessThan(1e-15)
  })

  test('adamw without a gradient only decays', async () => {
    const idle = [new Float64Array(size)]
    const [[decayed]] = await path(adamw, (step) => ({ ...adamw.defaults, weightDecay: 0.5, step }), w, idle)
    expect(decayed).toEqual([...w].map((v) => v - 1e-3 * 0.5 * v))
  })

  test('a NaN gradient shows in its own element and in no other', async () => {
    const g = Float64Array.of(0, 1, Number.NaN, 1, 0, 1)
    const [[after]] = await path(adam, (step) => ({ ...adam.defaults, step }), w, [g])
    expect(after.map(Number.isNaN)).toEqual([false, false, true, false, false, false])
  })
})
