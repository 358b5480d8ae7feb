import { createNaive } from '@convkit/backend-naive'
import { allChecks } from '@convkit/conformance/internal/checks'
import { describe, expect, test } from 'vitest'
import { allMutants, mutantFamilies } from '../../src/mutants/bank.js'
import { createQueued } from '../../src/mutants/queue.js'
import { runMutant } from '../../src/mutants/run.js'
import { affineRelu, convRelu } from '../../src/mutants/sandwiches.js'

const suite = allChecks()

describe('the bank of mutants', () => {
  test('has at least 80, each of its own name', () => {
    expect(allMutants.length).toBeGreaterThanOrEqual(80)
    expect(new Set(allMutants.map(({ name }) => name)).size).toBe(allMutants.length)
  })

  const kernels = [...Object.keys(createNaive().kernels.float64 ?? {}), 'dropout', 'affineRelu', 'convRelu']

  test.each(kernels)('has at least five of %s', (layer) => {
    expect(allMutants.filter((mutant) => mutant.layer === layer).length).toBeGreaterThanOrEqual(5)
  })

  test.each(['storage', 'everyLayer', 'sizes'])('has at least ten of %s', (family) => {
    expect(mutantFamilies[family].length).toBeGreaterThanOrEqual(10)
  })

  test.each(allMutants)('$name names checks that exist', ({ killers }) => {
    const unknown = killers.filter((killer) => !suite.some(({ id }) => id.startsWith(`${killer}/`)))
    expect(unknown).toEqual([])
    expect(killers.length).toBeGreaterThan(0)
  })
})

test.each(allMutants)('$name dies by a check that it names: $says', async (mutant) => {
  const { kills } = await runMutant(mutant, { firstOnly: true, suite })
  expect(kills).toMatchObject([{ named: true }])
})

const naive = createNaive()
const fused = { ...naive.kernels.float64, affineRelu, convRelu }
/** What the mutants are made of, without a fault. */
const right = [
  ['a queue', createQueued, ['backend', 'affine']],
  ['fused kernels', () => ({ ...naive, kernels: { float32: fused, float64: fused } }), ['affineRelu', 'convRelu']],
] as const

describe.each(right)('%s without a fault', (_, create, layers) => {
  test.each(suite.filter(({ layer }) => layers.some((name) => name === layer)))('passes $id', async (check) => {
    const { failure, cases } = await check.run({ backend: create(), oracle: naive, seed: 231, runs: 10 })
    expect(failure).toBeNull()
    expect(cases).toBeGreaterThan(0)
  })
})
