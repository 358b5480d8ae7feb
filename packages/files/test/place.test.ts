import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '@convkit/api'
import { expect, it } from 'vitest'
import { checkPlaces, makeFolder } from '../src/index.js'
import { folder } from './support/folder.js'

it('takes places that can be written, leaves nothing there, and knows devices', async () => {
  const dir = await folder()
  await writeFile(join(dir, 'old'), 'old')
  const out = { path: '/dev/null' }
  await checkPlaces({ '--out': { path: join(dir, 'new'), bytes: 1000 }, '--json': { path: join(dir, 'old') } })
  await checkPlaces({ '--out': out, '--json': out, '--html': undefined })
  expect(await readdir(dir)).toEqual(['old'])
  await checkPlaces({ '--out': { path: join(dir, 'no/such/file') } })
  expect(await readdir(join(dir, 'no'))).toEqual(['such'])
})

it('refuses a place before the work begins, with the option and the reason', async () => {
  const dir = await folder()
  await mkdir(join(dir, 'in'))
  await writeFile(join(dir, 'plain'), 'old')
  const refusal = async (name: string, bytes = 0) => {
    const place = { path: join(dir, name), bytes }
    const error = await checkPlaces({ '--out': place }).catch((error: unknown) => error)
    expect(error).toBeInstanceOf(ConfigError)
    return String(error).replaceAll(`${dir}/`, '')
  }
  expect(await refusal('in')).toContain('it is a folder; expected the name of a file')
  expect(await refusal('plain/file')).toContain('a part of its path is no folder')
  expect(await refusal('new', 1e18)).toMatch(/it needs at least 1\.00e\+12 MB, and .* MB are free/)
})

it('refuses two options that are one file, by whatever path', async () => {
  const dir = await folder()
  await writeFile(join(dir, 'file'), 'old')
  await symlink('file', join(dir, 'link'))
  for (const [one, other] of [
    ['new', '../'.concat(dir.split('/').at(-1) ?? '', '/new')],
    ['file', 'link'],
  ] as const)
    await expect(
      checkPlaces({ '--out': { path: join(dir, one) }, '--checkpoint': { path: `${dir}/${other}` } }),
    ).rejects.toThrow(/--out and --checkpoint are the same file, .*: expected two/)
  const [model, out] = [{ path: join(dir, 'link'), read: true }, { path: join(dir, 'file') }]
  await expect(checkPlaces({ model, onnx: out })).rejects.toThrow(/model and onnx are the same file/)
})

it('makes a folder that others make at the same time', async () => {
  const deep = join(await folder(), 'a/b/c/d')
  await Promise.all(Array.from({ length: 20 }, () => makeFolder(deep)))
  expect(await readdir(join(deep, '..'))).toEqual(['d'])
  await expect(makeFolder('/proc/no/such')).rejects.toThrow(/cannot be made/)
})
