import type { Arithmetic, Backend, Data, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { declarationCheck } from '../../src/backend/declaration.js'
import { mapped, rounded } from '../../src/mutants/faults.js'

const plain: Arithmetic = { unitRoundoff: 2 ** -24, subnormals: 'kept', nonFinite: 'ieee', deterministic: true }

/** Naive in float32, but for values changed on their way: the operands of layers, as matrix units do, else results. */
function coarse(change: (value: number) => number): Backend<Data> {
  const naive = createNaive()
  const { affine, conv2d, vector } = naive.kernels.float32 ?? {}
  if (!affine || !conv2d || !vector) throw new Error('naive has them')
  return {
    ...naive,
    kernels: {
      float32: {
        vector: {
          ...vector,
          multiply(d, x, m, y) {
            vector.multiply(d, x, m, y)
            y.set(mapped(y, change))
          },
          addScaled(d, s, x, y) {
            vector.addScaled(d, s, x, y)
            y.set(mapped(y, change))
          },
        },
        affine: {
          ...affine,
          forward: (d, x, w, b, y) => affine.forward(d, mapped(x, change), mapped(w, change), b, y),
        },
        conv2d: {
          ...conv2d,
          forward: (d, x, w, b, y) => conv2d.forward(d, mapped(x, change), mapped(w, change), b, y),
        },
      },
    },
  }
}

/** Naive in float32, but for what momentum leaves in its velocities. */
function storing(change: (value: number) => number): Backend<Data> {
  const naive = createNaive()
  const { float32 = {} } = naive.kernels
  const { sgdMomentum } = float32
  if (!sgdMomentum) throw new Error('naive has it')
  const update: typeof sgdMomentum.update = (d, s, g, v, w) => {
    sgdMomentum.update(d, s, g, v, w)
    v.set(mapped(v, change))
  }
  return { ...naive, kernels: { float32: { ...float32, sgdMomentum: { update } } } }
}

const flush = (value: number) => (Math.abs(value) < 2 ** -126 ? 0 : value)

async function check(backend: Backend, dtype: FloatDType, declared: Partial<Arithmetic> = {}, seed = 231) {
  const subject = { ...backend, arithmetic: { [dtype]: { ...plain, ...declared } } }
  return await declarationCheck(dtype).run({ backend: subject, oracle: createNaive(), seed, runs: 10 })
}

test('plain IEEE needs no declaration, and says what was seen', async () => {
  for (const dtype of ['float32', 'float64'] as const) {
    const outcome = await declarationCheck(dtype).run({
      backend: createNaive(),
      oracle: createNaive(),
      seed: 231,
      runs: 40,
    })
    expect(outcome.failure).toBeNull()
    expect(outcome.cases).toBe(40)
    const u = dtype === 'float32' ? '2^-24' : '2^-53'
    expect(outcome.notes).toEqual([
      `declared unit roundoff ${u}, subnormals kept, NaN and infinities kept, deterministic; seen unit roundoff ${u}`,
    ])
  }
})

describe('a declaration that is not kept is named beside what was seen', () => {
  const tf32 = coarse((value) => rounded(value, 11))
  const fails = async (backend: Backend, declared: Partial<Arithmetic>, ...messages: readonly string[]) => {
    const { failure } = await check(backend, 'float32', declared)
    for (const message of messages) expect(failure?.message).toContain(message)
  }

  test('operands rounded as TF32 does, under float32', () =>
    fails(tf32, {}, 'declared unit roundoff 2^-24, but ', 'off by 2^-1'))

  test('a roundoff finer than what is shown', () =>
    fails(tf32, { unitRoundoff: 2 ** -13 }, 'declared unit roundoff 2^-13'))

  test('a roundoff finer than the dtype', () =>
    fails(createNaive(), { unitRoundoff: 2 ** -30 }, '2^-30 is finer than float32 itself, 2^-24'))

  test('a roundoff so coarse that bounds would let everything pass', () =>
    fails(createNaive(), { unitRoundoff: 0.5 }, "2^-1 is coarser than bfloat16's, 2^-8"))

  test('subnormals flushed under a declaration that keeps them', () =>
    fails(coarse(flush), {}, 'subnormals kept', ' is 0, not '))

  test('flushed velocities under a declaration that keeps them', () =>
    fails(storing(flush), {}, 'subnormals kept', 'the velocity of sgdMomentum', ' is 0, not '))

  test('flushed products where it is optimizer state that may be flushed', () =>
    fails(coarse(flush), { subnormals: 'stateFlushed' }, 'subnormals flushed in optimizer state', ' is 0, not '))

  test('the smallest normal number flushed', () =>
    fails(
      storing((value) => (Math.abs(value) <= 2 ** -126 ? 0 : value)),
      { subnormals: 'stateFlushed' },
      'the velocity of sgdMomentum',
    ))

  test('infinities clamped', () =>
    fails(
      coarse((value) => Math.max(-3e38, Math.min(3e38, value))),
      {},
      'NaN and infinities kept',
      'Infinity',
    ))

  test('a NaN turned into 0', () =>
    fails(
      coarse((value) => value || 0),
      {},
      'NaN',
    ))

  test('another order of summation each time', async () => {
    const naive = createNaive()
    const { float32 = {} } = naive.kernels
    const { vector } = float32
    if (!vector) throw new Error('naive has it')
    let calls = 0
    const sumOfSquares: typeof vector.sumOfSquares = (_d, x, y) => {
      const turned = calls++ % 2 === 0 ? x : x.slice().reverse()
      y[0] = 0
      for (const value of turned) y[0] += Math.fround(value * value)
    }
    const random = { ...naive, kernels: { float32: { ...float32, vector: { ...vector, sumOfSquares } } } }
    await fails(random, {}, 'deterministic', 'sum of the same 4097 squares is ')
    expect((await check(random, 'float32', { deterministic: false })).failure).toBeNull()
  })
})

describe('a backend that declares what it does passes', () => {
  test.each<[string, Backend, Partial<Arithmetic>]>([
    ['TF32', coarse((value) => rounded(value, 11)), { unitRoundoff: 2 ** -11 }],
    ['bfloat16', coarse((value) => rounded(value, 8)), { unitRoundoff: 2 ** -8 }],
    ['flushed subnormals', coarse(flush), { subnormals: 'flushed' }],
    ['flushed velocities', storing(flush), { subnormals: 'stateFlushed' }],
    ['more than it has to', createNaive(), { unitRoundoff: 2 ** -11, subnormals: 'flushed', deterministic: false }],
    ['nothing of NaN', coarse((value) => value || 0), { nonFinite: 'unspecified' }],
  ])('%s', async (_, backend, declared) => {
    for (let seed = 0; seed < 20; seed++) {
      const outcome = await check(backend, 'float32', declared, seed)
      expect(outcome.failure).toBeNull()
      expect(outcome.cases).toBe(10)
    }
  })
})

test('a backend without a kernel that multiplies or adds is refused, not failed', async () => {
  const { cases, refusals, failure } = await check({ ...createNaive(), kernels: { float32: {} } }, 'float32')
  expect({ cases, refusals, failure }).toEqual({
    cases: 0,
    refusals: ['declaration: no kernel multiplies or adds'],
    failure: null,
  })
})
