import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { allMutants } from '../../../mutants/src/mutants/bank.js'
import { allChecks } from '../../src/checks.js'
import type { Case } from '../../src/core/case.js'
import { longest, vast } from '../../src/core/sweep.js'

const oracle = createNaive()

function checkOf(id: string) {
  const check = allChecks().find((check) => check.id === id)
  if (!check) throw new Error(`no check is named ${id}`)
  return check
}

async function sizesOf(id: string, runs: number, size: (c: Case) => number): Promise<number[]> {
  const seen: number[] = []
  const onCase = (c: Case) => seen.push(size(c))
  const { failure, cases } = await checkOf(id).run({ backend: createNaive(), oracle, seed: 7, runs, onCase })
  expect(failure).toBeNull()
  expect(cases).toBe(seen.length)
  return seen.sort((a, b) => a - b)
}

describe('a sweep', () => {
  test('visits every size once at the usual number of runs', async () => {
    expect(await sizesOf('affine/sweep-rows/float32', 40, (c) => c.inputs.x.shape[0])).toEqual([...vast])
    const elements = await sizesOf('adam/sweep-elements/float32', 40, (c) => c.inputs.w.data.length)
    expect(elements).toEqual([...longest].sort((a, b) => a - b))
  })

  test('visits some with fewer runs, each again with more', async () => {
    expect(await sizesOf('affine/sweep-rows/float32', 1, (c) => c.inputs.x.shape[0])).toHaveLength(1)
    const twice = await sizesOf('affine/sweep-rows/float32', 80, (c) => c.inputs.x.shape[0])
    expect(twice).toEqual(vast.flatMap((size) => [size, size]))
  })

  test('shrinks a failure to the smallest size, which its path names', async () => {
    const mutant = allMutants.find(({ name }) => name === 'conv2d/image-in-8-bits')
    if (!mutant) throw new Error('the bank has lost a mutant')
    const context = { backend: mutant.create(), oracle, seed: 231, runs: 40 }
    const { failure } = await checkOf('conv2d/sweep-batch/float32').run(context)
    expect(failure?.counterexample?.inputs.x.shape[0]).toBe(257)
    const { path } = failure ?? { path: null }
    const again = await checkOf('conv2d/sweep-batch/float32').run({ ...context, ...(path === null ? {} : { path }) })
    expect(again.failure?.message).toBe(failure?.message)
    expect(again.failure?.path).toBe(path)
  })
})
