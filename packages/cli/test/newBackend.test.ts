import { watch } from 'node:fs'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit, spawnConvkit } from './support/convkit.js'

it('writes a backend whose storage is right, and whose relu is right once its comment marks are off', async () => {
  const parent = await folder()
  const dir = join(parent, 'mine')
  const { code, stdout } = await convkit('new-backend', dir)
  expect({ code, files: stdout.split('\n').slice(0, 4) }).toEqual({
    code: 0,
    files: ['package.json', 'backend.ts', 'conformance.test.ts', 'README.md'].map((file) => join(dir, file)),
  })
  const source = await readFile(join(dir, 'backend.ts'), 'utf8')
  await writeFile(join(dir, 'relu.ts'), source.replaceAll(/^( {8})\/\/ /gm, '$1'))
  for (const [file, layer] of [
    ['backend.ts', 'backend/round-trip'],
    ['relu.ts', 'relu'],
  ] as const) {
    const { stdout } = await convkit('conformance', join(dir, file), '--in-process', '--runs', '3', '--only', layer)
    expect(stdout).toMatch(/conformance: mine: (\d+) of \1 passed/)
  }
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
