import { watch } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { codeOf, consumerOf } from '../../convkit/test/support/guide.js'
import { newBackendFiles } from '../src/newBackend.js'
import { convkit, spawnConvkit } from './support/convkit.js'

it('writes a backend whose storage is right', async () => {
  const parent = await folder()
  const dir = join(parent, 'mine')
  const { code, stdout } = await convkit('new-backend', dir)
  expect({ code, files: stdout.split('\n').slice(0, 4) }).toEqual({
    code: 0,
    files: ['package.json', 'backend.ts', 'conformance.test.ts', 'README.md'].map((file) => join(dir, file)),
  })
  const checks = ['--in-process', '--runs', '3', '--only', 'backend/round-trip']
  const held = await convkit('conformance', join(dir, 'backend.ts'), ...checks)
  expect(held.stdout).toMatch(/conformance: mine: (\d+) of \1 passed/)
})

it('writes a backend whose comment marks hide the relu of the guide', async () => {
  const { kernels = '' } = await codeOf('write-a-backend.md')
  const { 'backend.ts': source = '' } = newBackendFiles('mine', '1.0.0')
  const hidden = [...source.matchAll(/^ {8}\/\/ {1,3}(.*)/gm)].map(([, line = '']) => line.trim())
  const shown = kernels.split('\n').map((line) => line.trim())
  expect(hidden.length).toBeGreaterThan(5)
  expect(shown).toEqual(expect.arrayContaining(hidden.filter((line) => !line.startsWith('//'))))
})

it('writes a backend that takes the kernels of the guide, which compile and are right', async () => {
  const { kernels = '', above = '' } = await codeOf('write-a-backend.md')
  const { 'backend.ts': source = '', ...others } = newBackendFiles('mine', '1.0.0')
  const own = source
    .replace(/^ {8}\/\/ relu: \{\n(?: {8}\/\/.*\n)*/m, () => kernels)
    .replace('/** Four functions make a backend.', (text) => `${above}\n${text}`)
  const files = { 'backend.ts': own, 'conformance.test.ts': others['conformance.test.ts'] ?? '' }
  const consumer = await consumerOf(files, { convkit: 'convkit', '@convkit/conformance': 'conformance' })
  // Indexing typed arrays is a kernel's business.
  expect(consumer.compile('--noUncheckedIndexedAccess')).toBe('')
  const only = ['relu/forward', 'relu/backward', 'affine/forward', 'affine/backward', 'affineRelu/composition']
  const { stdout } = await convkit(
    'conformance',
    join(consumer.path, 'backend.ts'),
    '--in-process',
    '--runs',
    '3',
    ...only.flatMap((id) => ['--only', id]),
  )
  expect(stdout).toMatch(/conformance: mine: (\d+) of \1 passed/)
})

it('writes over nothing', async () => {
  const dir = join(await folder({ 'mine/notes.txt': 'dear diary' }), 'mine')
  const { code, stderr } = await convkit('new-backend', dir)
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/expected an empty folder, it holds notes.txt/),
  })
})

it('begins anew where it was killed while it wrote', { timeout: 60_000 }, async () => {
  const dir = join(await folder(), 'mine')
  await mkdir(dir)
  await spawnConvkit(['new-backend', dir], {
    onStart: (child) => watch(dir).once('change', () => child.kill('SIGKILL')),
  })
  const left = await readdir(dir)
  expect(left.length).toBeGreaterThan(0)
  expect(left.filter((name) => !name.includes('.partial-'))).toEqual([])
  expect((await convkit('new-backend', dir)).code).toBe(0)
  expect((await readdir(dir)).sort()).toEqual(['README.md', 'backend.ts', 'conformance.test.ts', 'package.json'])
})
