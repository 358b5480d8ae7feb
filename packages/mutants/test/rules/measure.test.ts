import { createNaive } from '@convkit/backend-naive'
import { expect, test } from 'vitest'
import { allRules } from '../../src/rules/all.js'
import { illusionMutants, illusions } from '../../src/rules/illusions.js'
import { impostorMutants } from '../../src/rules/impostors.js'
import { rulesMarkdown } from '../../src/rules/markdown.js'
import { measure } from '../../src/rules/measure.js'
import { acceptsAtOneShape } from '../../src/rules/oneShape.js'
import { derivedBounds } from '../../src/rules/own.js'
import { kernelBenchFirst } from '../../src/rules/torch.js'

const mutants = [...impostorMutants, ...illusionMutants].filter(({ layer }) => layer === 'relu')

test('measures mutants and right backends on one layer, and writes it down', async () => {
  const measured = await measure({
    rules: allRules,
    mutants,
    backends: [{ name: 'naive', backend: createNaive() }],
    runs: 8,
    layers: ['relu'],
    suite: false,
  })
  expect(measured.mutants.map(({ differs }) => differs)).toEqual(mutants.map(() => true))
  expect(measured.mutants.every(({ fates }) => fates[derivedBounds.name].killed)).toBe(true)
  expect(measured.backends.reduce((sum, { alarms }) => sum + alarms, 0)).toBe(0)
  const text = rulesMarkdown({
    rules: allRules,
    collections: [{ name: 'Some', mutants: measured.mutants }],
    impostors: measured.mutants.slice(0, 3),
    illusions: [{ illusion: illusions[6], measured: measured.mutants[3], atOneShape: {} }],
    backends: measured.backends,
    counted: ['naive'],
    seed: 231,
    runs: 8,
    minutes: 1,
    command: 'this',
    machine: 'this one',
  })
  for (const { name } of allRules) expect(text).toContain(name)
})

test('a right kernel passes at one shape, and so does a fault that hangs on the shape', async () => {
  const [tail] = illusions
  expect(await acceptsAtOneShape(kernelBenchFirst, { ...tail.mutant, create: createNaive })).toBe(true)
  expect(await acceptsAtOneShape(kernelBenchFirst, tail.mutant)).toBe(true)
  expect(await acceptsAtOneShape(kernelBenchFirst, illusions[7].mutant)).toBe(false)
})

test.each(illusions)('$mutant.name is at fault in its forward pass, as $theirs is', async ({ mutant }) => {
  const { mutants } = await measure({
    rules: [derivedBounds],
    mutants: [mutant],
    layers: [mutant.layer],
    runs: 20,
    suite: false,
  })
  expect(mutants).toMatchObject([{ differsForward: true, forward: { [derivedBounds.name]: { killed: true } } }])
})
