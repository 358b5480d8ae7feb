import type { Arithmetic, Backend, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { declarationCheck } from '../../src/backend/declaration.js'
import { mutantNamed } from '../../src/mutants/bank.js'
import { coarse, plainFloat32 } from '../../src/mutants/declaration.js'
import { rounded } from '../../src/mutants/faults.js'

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
    expect(outcome.notes).toEqual([
      `declared unit roundoff ${u}, subnormals kept, NaN and infinities kept, deterministic; seen unit roundoff ${u}`,
    ])
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

test('a backend without a kernel that multiplies or adds is refused, not failed', async () => {
  const { cases, refusals, failure } = await check({ ...createNaive(), kernels: { float32: {} } }, 'float32')
  expect({ cases, refusals, failure }).toEqual({
    cases: 0,
    refusals: ['declaration: no kernel multiplies or adds'],
    failure: null,
  })
})
