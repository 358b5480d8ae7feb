import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { allMutants } from '../../../mutants/src/mutants/bank.js'
import { execute } from '../../src/execute.js'
import { allChecks, failureLines } from '../../src/index.js'

const checks = allChecks()

test.each([
  [
    'conv2d/all-or-nothing',
    'conv2d/unwanted/float32',
    /with d[wxb] (left out|as the only gradient), but .* with every gradient wanted; they must be the same/,
  ],
  ['relu/output-accumulated', 'relu/overwrites/float32', /in memory that held NaN, but .* in memory that held zeros/],
  ['relu/scratch-in-input', 'relu/inputs-kept/float32', /after the call, but .* before it/],
  ['affine/wobbling', 'affine/repeats/float64', /when called again, but .* at first/],
  [
    'affine/last-forward-remembered',
    'affine/saved/float32',
    /on copies, after a forward pass on other values, but .* right after its own/,
  ],
  [
    'relu/gradient-times-y',
    'relu/numeric-gradient/float64',
    /<dx, step> is .* by its backward pass, but .* by which its own forward pass rises along the same step/,
  ],
])('%s fails %s, which names where both numbers come from, and calls none expected', async (name, id, says) => {
  const mutant = allMutants.find((one) => one.name === name)
  const check = checks.find((one) => one.id === id)
  if (!mutant || !check) throw new Error(`${name}, ${id}`)
  const context = { backend: mutant.create(), oracle: createNaive(), seed: 231, runs: 40 }
  const { result } = await execute(check, context, 60_000)
  const worst = failureLines({ command: 'convkit', seed: 231 }, result).find(({ label }) => label === 'worst')?.text
  expect(worst).toMatch(says)
  expect(worst).not.toContain('expected')
})
