import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { readdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { ConfigError } from '@convkit/api'
import { expect, it } from 'vitest'
import { holdFile } from '../src/index.js'
import { machine, partialOf } from '../src/partial.js'
import { folder } from './support/folder.js'
import { saidBy, start } from './support/run.js'

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

it.each(['.run.lock', 'run'])('clears what a process left that died while it wrote %s', async (name) => {
  const dir = await folder()
  const dead = basename(partialOf(join(dir, name))).replace(`-${process.pid}-`, '-4194999-')
  await writeFile(join(dir, dead), '{"pid":')
  const hold = await holdFile(join(dir, 'run'))
  hold[Symbol.dispose]()
  expect(await readdir(dir)).toEqual([])
})

it('leaves nothing where there is no room for the lock, also over that of a process that is no more', async () => {
  const dir = await folder()
  const lock = join(dir, '.run.lock')
  for (const old of ['', '{"pid":']) {
    if (old) await writeFile(lock, old)
    expect(await saidBy(start('hold.ts', [join(dir, 'run')], 0))).toBe(
      `DataError: cannot write ${lock}: it is larger than a file may be here (EFBIG); nothing was written`,
    )
    expect(await readdir(dir)).toEqual(old ? ['.run.lock'] : [])
  }
})

it('of two that take over at once one holds the file', async () => {
  const dir = await folder()
  const path = join(dir, 'run')
  await writeFile(join(dir, '.run.lock'), '{"pid":')
  const taken = await Promise.allSettled([holdFile(path), holdFile(path)])
  expect(taken.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
})

it.runIf(process.platform === 'linux')(
  'neither an id given again nor a process dead but not collected holds a file',
  async () => {
    const dir = await folder()
    // What a container started again finds: its own id, of another start.
    await writeFile(join(dir, '.run.lock'), JSON.stringify({ pid: process.pid, start: '1', machine, host: 'here' }))
    const again = await holdFile(join(dir, 'run'))
    again[Symbol.dispose]()

    const parent = spawn('sh', ['-c', 'sleep 60 & echo $!; exec tail -f /dev/null'])
    const [printed] = (await once(parent.stdout, 'data')) as [Buffer]
    const dead = { pid: Number(printed.toString()), start: null, machine, host: 'here' }
    // The shell would have collected it; what it turns into does not.
    await expect.poll(() => readFileSync(`/proc/${parent.pid}/comm`, 'utf8'), { timeout: 20_000 }).toBe('tail\n')
    process.kill(dead.pid, 'SIGKILL')
    await expect.poll(() => readFileSync(`/proc/${dead.pid}/stat`, 'utf8'), { timeout: 20_000 }).toContain(') Z ')
    await writeFile(join(dir, '.run.lock'), JSON.stringify(dead))
    const hold = await holdFile(join(dir, 'run'))
    hold[Symbol.dispose]()
    parent.kill()
    expect(await readdir(dir)).toEqual([])
  },
)
