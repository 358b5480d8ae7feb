import { join } from 'node:path'
import { expect, it } from 'vitest'
import { convkit } from './support/convkit.js'
import { folder } from './support/folder.js'

it('writes a backend that trains by falling back, and whose relu waits behind comment marks', async () => {
  const parent = await folder()
  const dir = join(parent, 'mine')
  const { code, stdout } = await convkit('new-backend', dir)
  expect({ code, files: stdout.split('\n').slice(0, 4) }).toEqual({
    code: 0,
    files: ['package.json', 'backend.ts', 'conformance.test.ts', 'README.md'].map((file) => join(dir, file)),
  })
  const check = (...flags: string[]) =>
    convkit('conformance', join(dir, 'backend.ts'), '--in-process', '--runs', '3', ...flags)
  expect((await check('--layer', 'backend')).stdout).toMatch(/conformance: mine: \d+ of \d+ passed/)
})

it('writes over nothing', async () => {
  const dir = join(await folder({ 'mine/notes.txt': 'dear diary' }), 'mine')
  const { code, stderr } = await convkit('new-backend', dir)
  expect({ code, stderr }).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/expected an empty folder, it holds notes.txt/),
  })
})
