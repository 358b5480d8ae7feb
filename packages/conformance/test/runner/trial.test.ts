import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { mutantNamed } from '../../../mutants/src/mutants/named.js'
import { allChecks } from '../../src/checks.js'
import { runTrial } from '../../src/trial.js'

const suite = allChecks().filter(({ layer }) => layer === 'svmLoss')

test('the right backend passes one case of every check, counted', async () => {
  const { cases, alarms } = await runTrial(createNaive(), 231, 1, suite)
  expect(alarms).toEqual([])
  expect(cases).toBe(suite.length)
})

test('an alarm names its check and what was wrong', async () => {
  const mutant = mutantNamed('svmLoss/label-counts')
  const { alarms } = await runTrial(mutant.create(), 231, 1, suite)
  expect(alarms).toContainEqual({
    id: 'svmLoss/forward/float32',
    message: expect.stringMatching(/svmLoss: forward: loss\[0\] is .* expected/),
  })
})
