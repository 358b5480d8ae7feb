import { mkdirSync } from 'node:fs'
import { chmod, lstat, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { DataError } from '@convkit/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { writeWholeFile, writeWholeFiles } from '../src/index.js'
import { partialOf } from '../src/partial.js'
import { folder } from './support/folder.js'
import { saidBy, start } from './support/run.js'

describe('writeWholeFile', () => {
  it('writes what it is given, over whatever was there', async () => {
    const path = join(await folder(), 'file')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 10_000, size: 'max' }), async (bytes) => {
        await writeWholeFile(path, bytes)
        expect(Uint8Array.from(await readFile(path))).toEqual(bytes)
      }),
      { seed: 3, numRuns: 20 },
    )
  })

  it('keeps the permissions of the old file, and a link', async () => {
    const dir = await folder()
    const [file, link] = [join(dir, 'file'), join(dir, 'link')]
    await writeFile(file, 'old')
    await chmod(file, 0o640)
    await symlink(file, link)
    await writeWholeFile(link, 'new')
    expect((await stat(file)).mode & 0o777).toBe(0o640)
    expect((await lstat(link)).isSymbolicLink()).toBe(true)
    expect(await readFile(file, 'utf8')).toBe('new')
  })

  it('makes the file that a link leads to', async () => {
    const dir = await folder()
    await symlink('later', join(dir, 'link'))
    await writeWholeFile(join(dir, 'link'), 'new')
    expect(await readFile(join(dir, 'later'), 'utf8')).toBe('new')
  })

  it('writes to a device, and does not replace it', async () => {
    await writeWholeFile('/dev/null', 'gone')
    expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
    await expect(writeWholeFile('/dev/full', 'more')).rejects.toThrow(
      /cannot write \/dev\/full: the disk is full \(ENOSPC\); nothing was written/,
    )
  })

  it('says what is wrong with the place', async () => {
    const dir = await folder()
    await mkdir(join(dir, 'in'))
    await writeFile(join(dir, 'plain'), 'old')
    const reasons = {
      in: /it is a folder \(EISDIR\); nothing was written/,
      'no/file': /there is no such file or folder \(ENOENT\); nothing/,
      'plain/file': /a part of its path is no folder \(ENOTDIR\)/,
      ['n'.repeat(300)]: /the name is too long \(ENAMETOOLONG\)/,
    }
    for (const [name, reason] of Object.entries(reasons)) {
      await expect(writeWholeFile(join(dir, name), 'x')).rejects.toThrow(reason)
      await expect(writeWholeFile(join(dir, name), 'x')).rejects.toThrow(DataError)
    }
  })

  it('takes a name of as many bytes as the system does', async () => {
    const path = join(await folder(), 'n'.repeat(255))
    await writeWholeFile(path, 'x')
    expect(await readFile(path, 'utf8')).toBe('x')
  })

  it('writes files that belong together all, or none', async () => {
    const dir = await folder()
    const [one, other] = [join(dir, 'one'), join(dir, 'other')]
    await writeWholeFiles({ [one]: 'old', [other]: 'old' })
    await expect(writeWholeFiles({ [one]: 'new', [other]: 'new', [join(dir, 'no/third')]: 'new' })).rejects.toThrow(
      /no.third/,
    )
    for (const path of [one, other]) expect(await readFile(path, 'utf8')).toBe('old')
    expect(await readdir(dir)).toEqual(['one', 'other'])
  })

  it('gives the first files back where the last cannot take its place', async () => {
    const dir = await folder()
    const [old, none, last] = ['old', 'none', 'last'].map((name) => join(dir, name)) as [string, string, string]
    await writeFile(old, 'old')
    // Made a folder after its place was looked at.
    const parts = new (class extends Array<Uint8Array> {
      override [Symbol.iterator]() {
        mkdirSync(last, { recursive: true })
        return super[Symbol.iterator]()
      }
    })()
    await expect(writeWholeFiles({ [old]: 'new', [none]: 'new', [last]: parts })).rejects.toThrow(
      /^cannot write .*last: it is a folder \(EISDIR\); nothing was written$/,
    )
    expect(await readdir(dir)).toEqual(['last', 'old'])
    expect(await readFile(old, 'utf8')).toBe('old')
  })

  it('clears what processes that are no more left of this file, and nothing else', async () => {
    const dir = await folder()
    const path = join(dir, 'file')
    const [ours, other] = [partialOf(path), partialOf(join(dir, 'other'))].map((name) => basename(name))
    const dead = ours.replace(`-${process.pid}-`, '-4194999-')
    for (const name of [ours, dead, other.replace(`-${process.pid}-`, '-4194999-')])
      await writeFile(join(dir, name), 'part')
    await writeWholeFile(path, 'new')
    expect(await readdir(dir)).not.toContain(dead)
    expect(await readdir(dir)).toHaveLength(3)
  })

  it('leaves nothing where its process ends in the middle, as at a signal', async () => {
    const dir = await folder()
    await writeFile(join(dir, 'file'), 'old')
    expect(await saidBy(start('leave.ts', [join(dir, 'file'), String(2 ** 26)]))).toBe('begun')
    expect(await readdir(dir)).toEqual(['file'])
    expect(await readFile(join(dir, 'file'), 'utf8')).toBe('old')
  })

  it('replaces a file that may only be read, and keeps it so', async () => {
    const path = join(await folder(), 'file')
    await writeFile(path, 'old', { mode: 0o444 })
    await writeWholeFile(path, 'new')
    expect(await readFile(path, 'utf8')).toBe('new')
    expect((await stat(path)).mode & 0o777).toBe(0o444)
  })

  it('keeps the old file where there is no room for the new one, at every size', async () => {
    const dir = await folder()
    const path = join(dir, 'file')
    await writeFile(path, 'old')
    for (const blocks of [0, 1, 63, 64, 65]) {
      const said = await saidBy(start('write.ts', [path, String(64 * 1024)], blocks))
      if (blocks < 64) {
        expect(said).toMatch(
          /DataError: cannot write .*: it is larger than .* \(EFBIG\); the file that was there is unchanged/,
        )
        expect(await readFile(path, 'utf8')).toBe('old')
      } else {
        expect(said).toBe('written')
        expect((await stat(path)).size).toBe(64 * 1024)
      }
      expect(await readdir(dir)).toEqual(['file'])
    }
  })
})
