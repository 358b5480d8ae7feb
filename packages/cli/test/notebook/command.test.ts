import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { folder } from '../../../convkit/test/support/folder.js'
import { convkit } from '../support/convkit.js'
import { syntheticData } from './support/syntheticData.js'

vi.mock('@convkit/datasets', async (original) => ({
  ...(await original<typeof import('@convkit/datasets')>()),
  loadCifar10: async () => syntheticData(),
}))

// Sections have tests of their own; here any that are quick will do.
vi.mock('../../src/notebook/sections.js', async (original) => {
  const { sections } = await original<typeof import('../../src/notebook/sections.js')>()
  return { sections: sections.filter(({ id }) => ['conv-forward', 'image-filters', 'max-pool'].includes(id)) }
})

/** A backend that does all on naive but gets relu's and pooling's neighbour, the convolution, wrong. */
const wrongBackend = `
const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array }
const conv2d = { forward: (d, x, w, b, y) => y.fill(0), backward() {} }
export const backend = {
  name: 'wrong',
  description: 'every convolution is 0',
  kernels: { float32: { conv2d }, float64: { conv2d } },
  alloc: (length, dtype) => new arrays[dtype](length),
  free() {},
  write: (storage, data) => storage.set(data),
  read: async (storage, into) => { if (into) into.set(storage); return into ?? storage.slice() },
}
`

it('writes the page and the figures, and ends with the path and the score', async () => {
  const out = join(await folder(), 'deep', 'report')
  const { code, stdout } = await convkit('notebook', '--quick', '--out', out)
  expect(stdout).toMatch(/Convolution: forward +1\/1 .* ok\n/)
  expect(stdout).toMatch(/\/deep\/report\/index\.html\n.*7 of 7 checks passed.*\n$/)
  expect(code).toBe(0)
  expect(await readFile(join(out, 'index.html'), 'utf8')).toMatch(/^<!doctype html>/)
  expect(JSON.parse(await readFile(join(out, 'figures.json'), 'utf8'))).toMatchObject({
    backend: 'wasm',
    length: 'quick',
    seed: 231,
    checks: 7,
    passed: 7,
  })
})

it('exits with 1 and names the check when one fails', async () => {
  const out = await folder({ 'wrong.mjs': wrongBackend })
  const { code, stdout } = await convkit('notebook', '--backend', join(out, 'wrong.mjs'), '--out', out)
  expect(code).toBe(1)
  expect(stdout).toMatch(/Convolution: forward +0\/1 .*FAILED/)
  expect(stdout).toMatch(/y: relative error: 1, wanted the printed value to 4 digits/)
  expect(stdout).toMatch(/2 of 7 checks passed/)
  expect(await readFile(join(out, 'index.html'), 'utf8')).toContain('✗ failed')
})

it('prints the figures as JSON', async () => {
  const out = await folder()
  const { stdout } = await convkit('notebook', '--json', '--out', out, '--seed', '9', '--dtype', 'float64')
  const printed = JSON.parse(stdout)
  expect(printed).toEqual(JSON.parse(await readFile(join(out, 'figures.json'), 'utf8')))
  expect(printed).toMatchObject({ seed: 9, dtype: 'float64', length: 'usual' })
})

it.each([
  [['--quick', '--full'], 2, /^convkit: --quick, --full: expected at most one of them\n$/],
  [['--images', 'nowhere.jpg'], 1, /^convkit: cannot read image nowhere\.jpg: [^\n]+\n$/],
])('%j is refused in one line', async (args, wanted, message) => {
  const { code, stderr } = await convkit('notebook', '--out', await folder(), ...args)
  expect(stderr).toMatch(message)
  expect(code).toBe(wanted)
})
