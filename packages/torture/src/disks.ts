import { execFile } from 'node:child_process'
import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Case } from './case.js'
import { start } from './command.js'
import { faultsIn } from './hold.js'
import type { Prepared } from './prepared.js'
import { litterIn, snapshotOf } from './snapshot.js'

const run = promisify(execFile)

/** A disk in memory gives room by the page. */
const page = 4096

/** Why disks of a chosen size cannot be had here; null where they can. */
export async function noDisks(work: string): Promise<string | null> {
  const folder = join(work, 'disk')
  await mkdir(folder, { recursive: true })
  try {
    await mounted(folder, 1, async () => undefined)
    return null
  } catch (error) {
    return error instanceof Error ? error.message.trim() : String(error)
  }
}

/** One command on disks of `count` sizes, from one page to past all that it writes. */
export async function diskCases(prepared: Prepared, count: number, work: string): Promise<Case[]> {
  const { writer, oldFolder, overOld, seconds } = prepared
  const pages = (await pagesOf(oldFolder)) + 2 * (await pagesOf(join(oldFolder, '../whole'))) + 4
  const sizes = new Set(
    Array.from({ length: count }, (_, n) => Math.max(1, Math.round((pages * (n + 1)) / Math.max(1, count)))),
  )
  return [...sizes].map((size) => {
    const name = `disks/${writer.name.replace(' ', '-')}/${size}`
    return { part: 'disks', subject: writer.name, name, count: 1, seconds, run: () => onDisk(name, size) }
  })

  async function onDisk(name: string, size: number): Promise<string[]> {
    const folder = join(work, name)
    await mkdir(folder, { recursive: true })
    return await mounted(folder, size, async () => {
      // Where the old files do not fit there are none.
      const over = await cp(oldFolder, folder, { recursive: true }).then(
        () => true,
        () => false,
      )
      if (!over) for (const file of overOld.old.keys()) await rm(join(folder, file), { force: true })
      const reference = over ? overOld : prepared.nothing
      const { code, signal, stderr } = await start(writer.command, folder).ended
      const found = await snapshotOf(folder)
      const faults = await faultsIn(folder, writer, reference)
      const litter = litterIn(found)
      if (litter.length > 0) faults.push(`left ${litter.join(', ')}`)
      const last = stderr.trimEnd().split('\n').at(-1) ?? ''
      if (code === 0) {
        for (const file of reference.whole.keys())
          if (!writer.varies && found.get(file) !== reference.whole.get(file))
            faults.push(`${file}: said to be written`)
      } else if (code !== 1 || !/^convkit: .*the disk is full/.test(last))
        faults.push(`ended with ${signal ?? code}: ${stderr}`)
      return faults.map((fault) => `${size} pages, over ${over ? 'old files' : 'nothing'}: ${fault}`)
    })
  }
}

async function pagesOf(folder: string): Promise<number> {
  const { stdout } = await run('du', ['--block-size', String(page), '--summarize', folder])
  return Number.parseInt(stdout, 10)
}

async function mounted<T>(folder: string, pages: number, use: () => Promise<T>): Promise<T> {
  await run('mount', ['-t', 'tmpfs', '-o', `size=${pages * page}`, 'torture', folder])
  try {
    return await use()
  } finally {
    await run('umount', [folder])
  }
}
