import type { Backend } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mutantNamed } from '../../../mutants/src/mutants/named.js'
import { compare } from '../../src/core/compare.js'
import { rounded } from '../../src/core/inputs.js'
import { createSubject } from '../../src/core/subject.js'
import { trainingChecks } from '../../src/training/checks.js'
import { threeLayerConvNetSpec as net } from '../../src/training/threeLayerConvNet.js'
import { createRounded, styles } from '../support/rounded.js'

const dtypes = ['float32', 'float64'] as const

async function failuresOf(backend: Backend, seed = 231, runs = 10): Promise<string[]> {
  const failed: string[] = []
  for (const check of dtypes.filter((dtype) => backend.kernels[dtype]).flatMap(trainingChecks)) {
    const { failure, cases } = await check.run({ backend, oracle: createNaive(), seed, runs })
    if (failure) failed.push(check.id)
    else expect(cases).toBeGreaterThan(0)
  }
  return failed
}

test('the right backend passes, whatever the seed', async () => {
  for (let seed = 0; seed < 3; seed++) expect(await failuresOf(createNaive(), seed)).toEqual([])
})

test.each(Object.entries(styles))('so does float32 rounded after every operation, %s', async (_, style) => {
  for (let seed = 0; seed < 3; seed++) expect(await failuresOf(createRounded(style), seed)).toEqual([])
})

const passes = ['gradients', 'one-step-adam', 'one-step-sgdMomentum', 'one-step-rmsprop']

describe('one fault fails what it touches, and nothing else', () => {
  test.each([
    ['adam/bias-not-corrected', ['one-step-adam', 'curve']],
    ['sgdMomentum/momentum-negated', ['one-step-sgdMomentum']],
    ['rmsprop/average-forgets', ['one-step-rmsprop']],
    ['affine/dw-transposed', [...passes, 'batch-norm-model', 'curve']],
    ['softmaxCrossEntropy/gradient-without-scale', [...passes, 'batch-norm-model', 'curve']],
    ['batchNorm/statistics-constant', ['batch-norm-model']],
    ['vector/added-twice', [...passes, 'curve']],
  ])('%s', async (name, laws) => {
    const failed = await failuresOf(mutantNamed(name).create())
    expect(failed).toEqual(dtypes.flatMap((dtype) => laws.map((law) => `training/${law}/${dtype}`)))
  })
})

test('a whole net uses at most half of its bound, so the bound has room for other right kernels', async () => {
  const subject = createSubject(net, createNaive(), createNaive(), 'float32')
  let most = 0
  await fc.assert(
    fc.asyncProperty(net.cases, async (drawn) => {
      const c = rounded(drawn, 'float32')
      const [got, exact, bounds] = [await subject.run(c), await subject.exact(c), await subject.bounds(c)]
      compare('net', c, got, exact, bounds, subject)
      for (const [name, { data }] of Object.entries(bounds))
        for (let i = 0; i < data.length; i++)
          if (data[i] > 0) most = Math.max(most, Math.abs(got[name].data[i] - exact[name].data[i]) / data[i])
    }),
    { numRuns: 100 },
  )
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(0.5)
})
