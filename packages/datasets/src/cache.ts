import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { DataError } from '@convkit/api'
import { makeFolder, readWholeFile, removeAtExit, writeWholeFile } from '@convkit/files'
import { lock } from 'proper-lockfile'
import type { OnProgress } from './progress.js'
import { type Batch, type Release, recordBytes } from './release.js'
import type { Batches } from './source.js'

/** One batch file as found on disk. */
export interface BatchFile {
  readonly name: string
  readonly path: string
  /** Bytes of its records, or null where there are none. */
  readonly size: number | null
  readonly md5: string | null
  readonly state: 'ok' | 'missing' | 'damaged'
}

export const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex')

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT'

/** Every batch of a release as it stands in `dir`, its md5 computed. */
export async function inspect(release: Release, dir: string): Promise<BatchFile[]> {
  const files: BatchFile[] = []
  for (const batch of release.batches) {
    const path = join(dir, batch.name)
    try {
      const bytes = await readWholeFile(path)
      const found = md5(bytes)
      files.push({
        name: batch.name,
        path,
        size: bytes.length,
        md5: found,
        state: found === batch.md5 ? 'ok' : 'damaged',
      })
    } catch (error) {
      if (!isMissing(error)) throw new DataError(`${path}: cannot be read`, { cause: error })
      files.push({ name: batch.name, path, size: null, md5: null, state: 'missing' })
    }
  }
  return files
}

/** The same of batches in another form, which `path` holds. */
export async function inspectForm(release: Release, path: string, batches: Batches): Promise<BatchFile[]> {
  const files: BatchFile[] = []
  for (const batch of release.batches) {
    // One that cannot be read in that form is damaged.
    const bytes = await batches(batch).catch((error: unknown) => {
      if (error instanceof DataError) return null
      throw error
    })
    const found = bytes && md5(bytes)
    const state = found === batch.md5 ? 'ok' : 'damaged'
    files.push({ name: batch.name, path, size: bytes?.length ?? null, md5: found, state })
  }
  return files
}

/** Whether every batch has a file in `dir`, whatever is in it. */
export async function isPresent(release: Release, dir: string): Promise<boolean> {
  const found = await Promise.allSettled(release.batches.map((batch) => stat(join(dir, batch.name))))
  return found.every(({ status }) => status === 'fulfilled')
}

/** The bytes of one batch, as published or not at all. */
export async function readBatch(batch: Batch, dir: string): Promise<Uint8Array> {
  const path = join(dir, batch.name)
  const remedy = 'run `convkit data fetch --force`'
  const bytes = await readWholeFile(path).catch((cause: unknown) => {
    throw new DataError(`${path}: cannot be read; ${remedy}`, { cause })
  })
  const wanted = batch.records * recordBytes
  if (bytes.length !== wanted) {
    throw new DataError(`${path}: wanted ${wanted} bytes, got ${bytes.length}; ${remedy}`)
  }
  const found = md5(bytes)
  if (found !== batch.md5) throw new DataError(`${path}: wanted md5 ${batch.md5}, got ${found}; ${remedy}`)
  return bytes
}

/** A batch from elsewhere, as published or not at all. */
export async function checked(batch: Batch, from: Batches): Promise<Uint8Array> {
  const bytes = await from(batch)
  const found = md5(bytes)
  if (found !== batch.md5) throw new DataError(`${batch.name}: wanted md5 ${batch.md5}, got ${found}`)
  return bytes
}

const temporary = '.fetch-'

/**
 * Puts the batches of a release into `dir`, each of them whole and right: they are written to a folder inside `dir`,
 * held against their md5, and renamed into place once all six are good.
 */
export async function publish(release: Release, dir: string, batches: Batches, onProgress?: OnProgress): Promise<void> {
  for (const name of await readdir(dir)) {
    // Only the holder of the lock comes here, so these were left by a process that was killed.
    if (name.startsWith(temporary)) await rm(join(dir, name), { recursive: true, force: true })
  }
  const work = fs.mkdtempSync(join(dir, temporary))
  using _ = removeAtExit(work)
  const total = release.batches.length
  try {
    for (const [i, batch] of release.batches.entries()) {
      onProgress?.({ phase: 'write', received: i, total })
      const bytes = await checked(batch, batches)
      await writeWholeFile(join(work, batch.name), bytes)
    }
    // In one go, so that no signal comes between two of them.
    for (const { name } of release.batches) fs.renameSync(join(work, name), join(dir, name))
    onProgress?.({ phase: 'write', received: total, total })
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

/** Runs `work` while no other process runs its own on `dir`; one that was killed is given up after 5 seconds. */
export async function withLock<T>(
  dir: string,
  work: () => Promise<T>,
  { onProgress, signal }: { onProgress?: OnProgress | undefined; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  await makeFolder(dir)
  const lockfilePath = join(dir, '.lock')
  const made: Disposable[] = []
  const release = await acquire()
  try {
    return await work()
  } finally {
    // Already lost if this machine slept; the files are safe either way, being renamed whole.
    await release().catch(() => undefined)
    for (const lock of made) lock[Symbol.dispose]()
  }

  /** At once: the library takes note of its lock some time after it made it, and a signal may come between. */
  function mkdirAtOnce(path: string, done: (error: unknown) => void): void {
    try {
      fs.mkdirSync(path)
      made.push(removeAtExit(path))
      done(null)
    } catch (error) {
      done(error)
    }
  }

  async function acquire(): Promise<() => Promise<void>> {
    for (;;) {
      try {
        return await lock(dir, {
          lockfilePath,
          fs: { ...fs, mkdir: mkdirAtOnce },
          stale: 5000,
          update: 1000,
          onCompromised: () => undefined,
        })
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error
        onProgress?.({ phase: 'wait', received: 0, total: null })
        await setTimeout(200, undefined, { signal })
      }
    }
  }
}
