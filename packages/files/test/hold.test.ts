import { once } from 'node:events'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ConfigError } from '@convkit/api'
import { expect, it } from 'vitest'
import { holdFile } from '../src/index.js'
import { folder } from './support/folder.js'
import { start } from './support/run.js'

it('one process holds a file; another may after it has ended, even by force', async () => {
  const dir = await folder()
  const path = join(dir, 'run')
  const child = start('hold.ts', [path])
  if (child.stdout) await once(child.stdout, 'data')
  await expect(holdFile(path)).rejects.toThrow(ConfigError)
  await expect(holdFile(path)).rejects.toThrow(
    new RegExp(`run is being written by process ${child.pid} on .*; wait for it, or name another file`),
  )
  child.kill('SIGKILL')
  await once(child, 'close')
  const hold = await holdFile(path)
  hold[Symbol.dispose]()
  expect(await readdir(dir)).toEqual([])
})

it('of two that take over at once one holds the file', async () => {
  const dir = await folder()
  const path = join(dir, 'run')
  await writeFile(join(dir, '.run.lock'), '{"pid":')
  const taken = await Promise.allSettled([holdFile(path), holdFile(path)])
  expect(taken.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})
