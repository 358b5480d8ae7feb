import type { Arithmetic, Backend, Data, FloatDType, KernelTables } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { declarationCheck } from '../../src/backend/declaration.js'
import { mapped, rounded } from '../../src/mutants/faults.js'
import type { Table } from '../../src/mutants/mutant.js'

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
    const [note] = outcome.notes ?? []
    const declared = `declared unit roundoff ${u}, subnormals kept, NaN and infinities kept, deterministic`
    expect(note).toContain(`${declared}; seen unit roundoff ${u}; errors of functions in ulps exp 0.`)
    for (const [, ulps] of note?.matchAll(/(?:exp|log|sqrt|divide) ([\d.]+)/g) ?? [])
      expect(Number(ulps)).toBeLessThan(1)
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

/** Naive in float32, with one kernel of its own. */
function withKernel<L extends keyof KernelTables<Data>>(layer: L, change: (right: Table<L>) => Partial<Table<L>>) {
  const naive = createNaive()
  const right = naive.kernels.float32?.[layer]
  if (!right) throw new Error('naive has it')
  const table: KernelTables<Data> = { ...naive.kernels.float32, [layer]: { ...right, ...change(right) } }
  return { ...naive, kernels: { float32: table } }
}

/** conv2d on operands of 11 bits, as TF32 has them. */
const tf32Conv2d = withKernel('conv2d', ({ forward }) => ({
  forward(d, x, w, b, y) {
    const operand = (array: Data) => mapped(array, (value) => rounded(value, 11))
    forward(d, operand(x), operand(w), b, y)
  },
}))

/** An exp that is off by some ulps far below 0, and a log that is off by some 2^-24 near 1. */
const softmax = (exp: number, log: number) =>
  withKernel('softmaxCrossEntropy', ({ forward, backward }) => ({
    forward(d, s, logits, labels, loss) {
      forward(d, s, logits, labels, loss)
      if (loss[0] !== 0 && loss[0] < 1) loss[0] += s.scale * log * 2 ** -24
    },
    backward(d, s, logits, labels, dlogits) {
      backward(d, s, logits, labels, dlogits)
      dlogits.set(mapped(dlogits, (value) => (Math.abs(value) < s.scale * 2e-9 ? value * (1 + exp * 2 ** -23) : value)))
    },
  }))

describe('a kernel declares for itself', () => {
  test.each<[string, Backend, Partial<Arithmetic>]>([
    ['a coarser roundoff', tf32Conv2d, { kernels: { conv2d: { unitRoundoff: 2 ** -11 } } }],
    ['a worse exp', softmax(3, 0), { kernels: { softmaxCrossEntropy: { functionUlps: { exp: 7 } } } }],
    ['an absolute part', softmax(0, 30), { functionUlps: { log: { ulps: 1, absolute: 2 ** -19 } } }],
    ['more than it has to', createNaive(), { kernels: { adam: { unitRoundoff: 2 ** -8, subnormals: 'flushed' } } }],
  ])('%s, and passes', async (_, backend, declared) => {
    for (let seed = 0; seed < 10; seed++) expect((await check(backend, 'float32', declared, seed)).failure).toBeNull()
  })

  test.each<[string, Backend, Partial<Arithmetic>, string]>([
    ['nothing', tf32Conv2d, {}, 'declared unit roundoff 2^-24, but conv2d'],
    ['what another does', tf32Conv2d, { kernels: { affine: { unitRoundoff: 2 ** -11 } } }, '2^-24, but conv2d'],
    ['less than it does', tf32Conv2d, { kernels: { conv2d: { unitRoundoff: 2 ** -13 } } }, '2^-13, but conv2d'],
    ['a finer exp', softmax(3, 0), { functionUlps: { exp: 1 } }, 'exp is right to 1 ulps, as declared or by default'],
    ['a finer exp than the default', softmax(7, 0), {}, 'exp is right to 2 ulps, as declared or by default'],
    [
      'too small an absolute part',
      softmax(0, 30),
      { functionUlps: { log: { ulps: 1, absolute: 2 ** -21 } } },
      'log is right to 1 ulps and 2^-21',
    ],
    [
      'a kernel that there is not',
      createNaive(),
      { kernels: Object.fromEntries([['conv3d', {}]]) },
      'arithmetic.float32.kernels.conv3d is no kernel',
    ],
  ])('%s, and fails', async (_, backend, declared, message) => {
    const { failure } = await check(backend, 'float32', declared)
    expect(failure?.message).toContain(message)
  })

  test('what is seen of it stands in the note', async () => {
    const { notes } = await check(tf32Conv2d, 'float32', { kernels: { conv2d: { unitRoundoff: 2 ** -9 } } })
    expect(notes?.[0]).toMatch(/seen unit roundoff 2\^-24, in conv2d 2\^-1[0-3];/)
  })
})

test('a backend without a kernel that multiplies or adds is refused, not failed', async () => {
  const { cases, refusals, missing, failure } = await check({ ...createNaive(), kernels: { float32: {} } }, 'float32')
  expect({ cases, refusals, missing, failure }).toEqual({
    cases: 0,
    missing: true,
    refusals: ['declaration: no kernel multiplies or adds'],
    failure: null,
  })
})
