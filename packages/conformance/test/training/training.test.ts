import type { Backend, Data, Kernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
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

type Table = Kernels<Data>

/** Naive with some kernels changed in both dtypes. */
function mutant(change: (right: Table) => Partial<Table>): Backend<Data> {
  const naive = createNaive()
  const changed = (kernels: Partial<Table> = {}) => ({ ...kernels, ...change(kernels as Table) })
  return { ...naive, kernels: { float32: changed(naive.kernels.float32), float64: changed(naive.kernels.float64) } }
}

const passes = ['gradients', 'one-step-adam', 'one-step-sgdMomentum', 'one-step-rmsprop']

describe('one fault fails', () => {
  test.each<[string, (right: Table) => Partial<Table>, readonly string[]]>([
    [
      'Adam without bias correction',
      ({ adam }) => ({ adam: { update: (d, s, ...rest) => adam.update(d, { ...s, step: 1e6 }, ...rest) } }),
      ['one-step-adam', 'curve'],
    ],
    [
      'momentum the other way round',
      ({ sgdMomentum }) => ({
        sgdMomentum: { update: (d, s, ...rest) => sgdMomentum.update(d, { ...s, momentum: -s.momentum }, ...rest) },
      }),
      ['one-step-sgdMomentum'],
    ],
    [
      'RMSProp whose average forgets at once',
      ({ rmsprop }) => ({
        rmsprop: { update: (d, s, ...rest) => rmsprop.update(d, { ...s, decayRate: 0 }, ...rest) },
      }),
      ['one-step-rmsprop'],
    ],
    [
      'the gradient of an affine weight transposed',
      ({ affine }) => ({
        affine: {
          ...affine,
          backward(d, dy, x, w, dx, dw, db) {
            affine.backward(d, dy, x, w, dx, dw, db)
            const right = dw?.slice()
            for (let i = 0; dw && right && i < d.inSize; i++)
              for (let o = 0; o < d.outSize; o++) dw[i * d.outSize + o] = right[o * d.inSize + i]
          },
        },
      }),
      [...passes, 'batch-norm-model', 'curve'],
    ],
    [
      'gradients that are summed, not averaged',
      ({ softmaxCrossEntropy }) => ({
        softmaxCrossEntropy: {
          ...softmaxCrossEntropy,
          backward: (d, s, ...rest) => softmaxCrossEntropy.backward(d, { ...s, scale: s.scale * d.n }, ...rest),
        },
      }),
      [...passes, 'batch-norm-model', 'curve'],
    ],
    [
      'batch norm with a gradient that treats its statistics as constants',
      ({ batchNorm }) => ({
        batchNorm: {
          ...batchNorm,
          input: (d, { eps }, dy, _x, gamma, _mean, variance, _dgamma, _dbeta, dx) =>
            batchNorm.inputFixed(d, { eps }, dy, gamma, variance, dx),
        },
      }),
      ['batch-norm-model'],
    ],
    [
      'a penalty twice as large',
      ({ vector }) => ({
        vector: { ...vector, addScaled: (d, s, ...rest) => vector.addScaled(d, { a: 2 * s.a }, ...rest) },
      }),
      [...passes, 'curve'],
    ],
  ])('%s', async (_, change, laws) => {
    const failed = await failuresOf(mutant(change))
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
      compare('net', c, got, exact, bounds)
      for (const [name, { data }] of Object.entries(bounds))
        for (let i = 0; i < data.length; i++)
          most = Math.max(most, Math.abs(got[name].data[i] - exact[name].data[i]) / data[i])
    }),
    { numRuns: 100 },
  )
  expect(most).toBeGreaterThan(0)
  expect(most).toBeLessThan(0.5)
})
