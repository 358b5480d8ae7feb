import { createNaive } from '@convkit/backend-naive'
import { describe, expect, test } from 'vitest'
import { allChecks } from '../../src/checks.js'
import { createRounded, styles } from '../support/rounded.js'

const layers = [
  'affine',
  'batchNorm',
  'layerNorm',
  'groupNorm',
  'softmaxCrossEntropy',
  'svmLoss',
  'sgd',
  'sgdMomentum',
  'rmsprop',
  'adam',
  'adamw',
]
const checks = allChecks().filter(({ layer, dtype }) => layers.includes(layer) && dtype === 'float32')

// The bounds must leave room for every honest float32, however it orders its sums; naive's sums run in float64.
describe.each(Object.entries(styles))('float32 rounded after every operation, %s', (_, style) => {
  test.each(checks)('passes $id', async (check) => {
    const outcome = await check.run({ backend: createRounded(style), oracle: createNaive(), seed: 231, runs: 8 })
    expect(outcome.failure?.message ?? null).toBeNull()
    expect(outcome.cases).toBeGreaterThan(0)
  })
})
