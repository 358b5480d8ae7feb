import { cp, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reference } from './hold.js'
import { succeed } from './inputs.js'
import { snapshotOf } from './snapshot.js'
import { foldersOf, type Writer } from './writers.js'

/** A writer, what it makes when nothing disturbs it, and how long that takes. */
export interface Prepared {
  readonly writer: Writer
  readonly nothing: Reference
  readonly overOld: Reference
  readonly oldFolder: string
  readonly seconds: number
}

/** Runs a writer once undisturbed, and once more to make what is there before. */
export async function prepare(writer: Writer, work: string): Promise<Prepared> {
  const { old, whole } = foldersOf(work, writer)
  for (const folder of [old, whole]) await mkdir(folder, { recursive: true })
  if (writer.before) await succeed(writer.before, old)
  await cp(old, whole, { recursive: true })
  const seconds = await succeed(writer.command, whole)
  const snapshot = await snapshotOf(whole)
  return {
    writer,
    nothing: { old: new Map(), whole: snapshot },
    overOld: { old: await snapshotOf(old), whole: snapshot },
    oldFolder: old,
    seconds,
  }
}

/** A new folder in `work`, with the old files or with none; gone after `use`. */
export async function inFolder<T>(work: string, name: string, old: string | null, use: (folder: string) => Promise<T>) {
  const folder = join(work, name)
  await rm(folder, { recursive: true, force: true })
  await (old === null ? mkdir(folder, { recursive: true }) : cp(old, folder, { recursive: true }))
  try {
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
