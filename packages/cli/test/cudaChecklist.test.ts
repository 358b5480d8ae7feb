import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { folder } from '../../convkit/test/support/folder.js'
import { convkit } from './support/convkit.js'

it("fails the checklist's planted TF32 as the checklist says", async () => {
  const root = new URL('../../../', import.meta.url)
  const checklist = await readFile(new URL('docs/cuda-checklist.md', root), 'utf8')
  const [, code = ''] = /cat > tf32\.mjs <<'END'\n([\s\S]*?)END\n/.exec(checklist) ?? []
  const module = code.replace("'./", `'${pathToFileURL(new URL('.', root).pathname).href}`)
  const file = join(await folder({ 'tf32.mjs': module }), 'tf32.mjs')
  const flags = ['--layer', 'conv2d', '--dtype', 'float32', '--in-process', '--runs', '4']
  const { code: exitCode, stdout } = await convkit('conformance', file, ...flags)
  expect(exitCode).toBe(1)
  expect(stdout).toMatch(/\nconv2d +✗ +✗ +✗ +✗ /)
  expect(/^\S+ failed$/m.exec(stdout)?.[0]).toBe('conv2d/forward/float32 failed')
})
