import { readdir, readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { codeOf, consumerOf } from './support/guide.js'

/** What the page's Python wrote with PyTorch 1.13. */
const fixtures = new URL('fixtures/pytorch/', import.meta.url)

it('nets of PyTorch give its logits as docs/pytorch.md loads them', async () => {
  const names = await readdir(fixtures)
  const weights = await Promise.all(names.map(async (name) => [name, await readFile(new URL(name, fixtures))] as const))
  const code = await codeOf('pytorch.md')
  expect(Object.keys(code)).toEqual(['lenet.ts', 'difference.ts', 'resnet.ts'])
  const consumer = await consumerOf({ ...code, ...Object.fromEntries(weights) }, { convkit: 'convkit' })
  expect(consumer.compile()).toBe('')
  // As close as an exported model has to be.
  for (const net of ['lenet.js', 'resnet.js']) expect(Number.parseFloat(consumer.run(net)), net).toBeLessThan(1e-5)
})
