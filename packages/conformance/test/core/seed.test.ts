import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { allMutants } from '../../../mutants/src/mutants/bank.js'
import { allChecks } from '../../src/checks.js'
import type { Case } from '../../src/core/case.js'
import { seedOf } from '../../src/core/seed.js'
import { execute } from '../../src/execute.js'

const suite = allChecks()
const naive = createNaive()

test('every check has its own seed, and every seed gives it another', () => {
  const ids = suite.map(({ id }) => id)
  expect(new Set(ids.map((id) => seedOf(231, id))).size).toBe(ids.length)
  const seeds = Array.from({ length: 2000 }, (_, seed) => seedOf(seed, 'conv2d/adjoint/float32'))
  expect(new Set(seeds).size).toBe(seeds.length)
})

test('two laws of one layer see different cases, the same ones every time', async () => {
  const seen = async (id: string): Promise<Case[]> => {
    const cases: Case[] = []
    const check = suite.find((check) => check.id === id) ?? suite[0]
    await check.run({ backend: naive, oracle: naive, seed: seedOf(231, id), runs: 5, onCase: (c) => cases.push(c) })
    return cases
  }
  const [forward, again, backward] = [
    await seen('relu/forward/float32'),
    await seen('relu/forward/float32'),
    await seen('relu/backward/float32'),
  ]
  expect(again).toEqual(forward)
  expect(backward).not.toEqual(forward)
})

test('a failure gives the seed of the run, which with its path gives the failure again', async () => {
  const check = suite.find(({ id }) => id === 'relu/kink/float32') ?? suite[0]
  const mutant = allMutants.find(({ name }) => name === 'relu/gradient-at-zero')
  const run = (path?: string) => {
    const backend = mutant?.create() ?? naive
    return execute(check, { backend, oracle: naive, seed: 231, runs: 40, ...(path ? { path } : {}) }, 20_000)
  }
  const { failure } = (await run()).result
  expect(failure?.seed).toBe(231)
  const again = (await run(failure?.path ?? '')).result.failure
  expect(again?.counterexample).toEqual(failure?.counterexample)
})
