import { readFile } from 'node:fs/promises'
import { collect, runConformance } from '@convkit/conformance'
import { expect, test } from 'vitest'
import { createBackend } from './tfjsBackend.js'

test('docs/write-a-backend.md shows the backend that is tested here, piece by piece', async () => {
  const [guide, backend] = await Promise.all(
    ['../../../docs/write-a-backend.md', 'tfjsBackend.ts'].map((path) =>
      readFile(new URL(path, import.meta.url), 'utf8'),
    ),
  )
  const pieces = Array.from(guide?.matchAll(/```ts tfjs\.ts\n([\s\S]*?)\n```/g) ?? [], ([, code]) => code)
  expect(`${pieces.join('\n\n')}\n`).toBe(backend?.replace("'@convkit/api'", "'convkit'"))
})

test('a wrapped library passes what it does not refuse', async () => {
  const layer = ['backend', 'relu', 'affine', 'conv2d', 'sgd']
  const { checks } = await collect(runConformance(createBackend, { layer, runs: 6, timeLimit: 60_000 }))
  expect(checks.length).toBeGreaterThan(60)
  for (const { id, status, refusals } of checks) {
    // A program of calls wants kernels of `vector`, which it lacks.
    const expected = id.startsWith('conv2d/')
      ? ['passed', 'refused']
      : [id.startsWith('backend/sequence') ? 'missing' : 'passed']
    expect(expected, id).toContain(status)
    if (id.startsWith('conv2d/'))
      for (const reason of refusals)
        expect(reason).toMatch(/it has no groups|its dilated convolutions have no gradient/)
  }
})
