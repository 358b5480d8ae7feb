import { expect, it } from 'vitest'
import { codeOf, consumerOf } from './support/guide.js'

/** Holds the guide's provider to a few checks, and gives it to the library by either way. */
const held = `
import { collect, runConformance } from '@convkit/conformance'
import { createBackend } from 'convkit'
import { createBackend as createPlain, openPlain } from './plain.js'

const report = await collect(runConformance(createPlain, { only: ['affine/forward', 'affine/backward', 'conv2d/forward'], runs: 3 }))
const backend = await createBackend({ name: 'gpu', provider: await openPlain() })
const refused = await createBackend({ name: 'gpu', provider: { name: 'mine' } }).catch(({ message }) => message)
console.log(JSON.stringify({
  passed: report.checks.filter(({ status }) => status === 'passed').map(({ id }) => id),
  total: report.checks.length,
  descriptions: [report.backend.description, backend.description],
  refused,
}))
`

it('a provider of one’s own compiles, is right and is taken as docs/backends.md says', async () => {
  const files = await codeOf('backends.md')
  expect(Object.keys(files)).toEqual(['plain.ts', 'plain.test.ts'])
  const consumer = await consumerOf(
    { ...files, 'held.mjs': held },
    {
      convkit: 'convkit',
      '@convkit/backend-gpu': 'backend-gpu',
      '@convkit/conformance': 'conformance',
      'onnxruntime-node': 'backend-gpu/node_modules/onnxruntime-node',
    },
  )
  expect(consumer.compile()).toBe('')
  const { passed, total, descriptions, refused } = JSON.parse(consumer.run('held.mjs'))
  expect(passed).toEqual(['conv2d/forward/float32', 'affine/forward/float32', 'affine/backward/float32'])
  expect(total).toBe(3)
  const plain = expect.stringMatching(/^onnxruntime .*, no GPU, graphs as they are drawn/)
  expect(descriptions).toEqual([plain, plain])
  expect(refused).toMatch(/^gpu: what is given as provider is none: description must be a string, .*createSession must/)
})
