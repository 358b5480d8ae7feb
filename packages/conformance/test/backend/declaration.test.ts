import type { Arithmetic, Backend, Data, FloatDType, KernelTables } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { coarse, plainFloat32 } from '../../../mutants/src/mutants/declaration.js'
import { mapped, rounded } from '../../../mutants/src/mutants/faults.js'
import type { Table } from '../../../mutants/src/mutants/mutant.js'
import { mutantNamed } from '../../../mutants/src/mutants/named.js'
import { declarationCheck } from '../../src/backend/declaration.js'

/** Under its own declaration, or another. */
async function check(backend: Backend, dtype: FloatDType, declared: Partial<Arithmetic> | null = {}, seed = 231) {
  const subject = declared ? { ...backend, arithmetic: { [dtype]: { ...plainFloat32, ...declared } } } : backend
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
  test.each([
    ['operands-of-tf32', {}, ['declared unit roundoff 2^-24, but ', 'off by 2^-1']],
    ['operands-of-tf32', { unitRoundoff: 2 ** -13 }, ['declared unit roundoff 2^-13']],
    ['roundoff-below-dtype', null, ['2^-30 is finer than float32 itself, 2^-24']],
    ['roundoff-of-half', null, ["2^-1 is coarser than bfloat16's, 2^-8"]],
    ['products-flushed', {}, ['subnormals kept', ' is 0, not ']],
    ['products-flushed', { subnormals: 'stateFlushed' }, ['subnormals flushed in optimizer state', ' is 0, not ']],
    ['velocities-flushed', {}, ['subnormals kept', 'the velocity of sgdMomentum', ' is 0, not ']],
    ['least-velocity-flushed', null, ['the velocity of sgdMomentum']],
    ['infinities-clamped', {}, ['NaN and infinities kept', 'Infinity']],
    ['nan-cleared', {}, ['NaN']],
    ['sum-either-way', {}, ['deterministic', 'sum of the same 4097 squares is ']],
  ] as const)('%s under %j', async (name, declared, messages) => {
    const { failure } = await check(mutantNamed(`backend/${name}`).create(), 'float32', declared)
    for (const message of messages) expect(failure?.message).toContain(message)
  })
})

describe('a backend that declares what it does passes', () => {
  const mutant = (name: string) => mutantNamed(`backend/${name}`).create()

  test.each<[string, Backend, Partial<Arithmetic>]>([
    ['TF32', mutant('operands-of-tf32'), { unitRoundoff: 2 ** -11 }],
    ['bfloat16', coarse((value) => rounded(value, 8)), { unitRoundoff: 2 ** -8 }],
    ['flushed subnormals', mutant('products-flushed'), { subnormals: 'flushed' }],
    ['flushed velocities', mutant('velocities-flushed'), { subnormals: 'stateFlushed' }],
    ['more than it has to', createNaive(), { unitRoundoff: 2 ** -11, subnormals: 'flushed', deterministic: false }],
    ['nothing of NaN', mutant('nan-cleared'), { nonFinite: 'unspecified' }],
    ['no order of sums', mutant('sum-either-way'), { deterministic: false }],
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
