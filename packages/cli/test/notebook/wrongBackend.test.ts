import { describe, expect, it } from 'vitest'
import { count } from '../../src/notebook/report.js'
import { maxPool } from '../../src/notebook/sections/maxPool.js'
import { altered } from './support/altered.js'
import { createNotebook, runAll } from './support/notebook.js'

describe('a wrong kernel', () => {
  it.each([
    ['conv-forward', 'conv2d', 'forward', 1e-6],
    ['image-filters', 'conv2d', 'forward', 0.01],
    ['conv-backward', 'conv2d', 'backward', 1e-6],
    ['max-pool', 'maxPool2d', 'forward', 1e-6],
    ['max-pool', 'maxPool2d', 'backward', 1e-6],
    ['model-gradients', 'affine', 'backward', 1e-3],
    ['overfit', 'adam', 'update', Number.NaN],
    ['overfit', 'maxPool2d', 'forward', Number.NaN],
    ['spatial-batch-norm', 'batchNorm', 'normalize', 0.1],
    ['spatial-batch-norm', 'batchNorm', 'running', 2],
    ['spatial-batch-norm', 'batchNorm', 'input', 1e-4],
  ] as const)('fails %s: %s.%s', async (id, layer, method, by) => {
    const notebook = createNotebook({ backend: { ...altered(layer, method, by), name: 'wrong' } })
    expect(count(await runAll(notebook, [id])).failed).toBeGreaterThan(0)
  })
})

it('a section that throws is a failed check, and the next one is run', async () => {
  const broken = {
    id: 'broken',
    title: 'Broken',
    text: [],
    code: '',
    run: () => Promise.reject(new Error('no kernel')),
  }
  const ran = await runAll(createNotebook(), [broken, maxPool])
  expect(ran.map((section) => count([section]).failed)).toEqual([1, 0])
  expect(ran[0]?.error).toBe('no kernel')
})
