import { createNaive } from '@convkit/backend-naive'
import { allChecks, specs } from '@convkit/conformance/internal/checks'
import type { Failure } from '@convkit/conformance/internal/core/check'
import { execute } from '@convkit/conformance/internal/execute'
import { expect, test } from 'vitest'
import { museum } from '../../src/museum/museum.js'
import { allMutants } from '../../src/mutants/bank.js'

const suite = allChecks()
const oracle = createNaive()
const mutants = [...allMutants, ...museum]
const named = new Set(mutants.flatMap(({ killers }) => killers))

/** Laws whose cases are large to begin with, or that make further calls of their own choice. */
const atSize = [
  ...['large', '3x3', '3x3-special-values', 'deep-sums', 'batch-sums'],
  ...['many-shapes', 'many-calls', 'plans', 'replays', 'signed-zeros', 'first-call'],
]
const isAtSize = (law: string) => law.includes('/sweep-') || atSize.some((name) => law.endsWith(`/${name}`))
/** Named beforehand, but blind to what changes there: another law that is named notices. */
const inVain = ['affineRelu/backward', 'affine/many-shapes', 'batchNorm/stale', 'relu/stale']

/** How a law fails the first mutant that names it and that it does fail, shrunk. */
async function firstFailure(law: string): Promise<Failure | null> {
  for (const mutant of mutants.filter(({ killers }) => killers.includes(law)))
    for (const check of suite.filter(({ id }) => id.startsWith(`${law}/`))) {
      const create = () => mutant.create()
      const context = { backend: create(), create, oracle, seed: 231, runs: 40 }
      const { result } = await execute(check, context, 60_000)
      if (result.failure) return result.failure
    }
  return null
}

test.each([...named].filter((law) => !inVain.includes(law)))(
  '%s fails a mutant that names it, by a small case',
  async (law) => {
    const failure = await firstFailure(law)
    expect(failure).not.toBeNull()
    const { counterexample } = failure ?? {}
    if (counterexample) expect(failure?.message).toContain(counterexample.layer)
    const [first] = Object.values(counterexample?.inputs ?? {})
    if (first && !isAtSize(law)) expect(first.data.length).toBeLessThanOrEqual(20)
  },
)

test('every law of a layer, but for that of sandwiches, is named by a mutant', () => {
  const laws = specs.flatMap((spec) => spec.laws.map((law) => `${spec.layer}/${law.name.replaceAll(' ', '-')}`))
  expect(laws.filter((law) => !named.has(law) && !law.endsWith('/composition'))).toEqual([])
})
