import { closeSync, linkSync, openSync, renameSync, rmSync } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DataError } from '@convkit/api'
import { removeAtExit } from './atExit.js'
import { clearPartials, partialOf } from './partial.js'
import { codeOf, reasonOf } from './reason.js'
import { type Target, targetOf } from './target.js'

/** Bytes that are written, or read back, at a time. */
const piece = 2 ** 22

/** The whole of a file; in parts, it may be larger than one array. */
type Content = string | Uint8Array | readonly Uint8Array[]

/**
 * Writes `content` to the file at `path`, which then holds the old bytes or the new, and never a part, whatever fails and
 * whenever the process dies: the new ones are written beside it, counted, flushed to the disk and read back before
 * they take its place. A link keeps leading to the file. What is no plain file, such as a pipe, is written to.
 *
 * Errors: `DataError` that names the file, the reason and what is there now.
 */
export async function writeWholeFile(path: string, content: Content): Promise<void> {
  await writeWholeFiles({ [path]: content })
}

/**
 * The same for files that belong together: none takes its place before all are written, and then all do in one go.
 *
 * Errors: `DataError` that names the file that failed; all are as they were then.
 */
export async function writeWholeFiles(contents: { readonly [path: string]: Content }): Promise<void> {
  const written: Written[] = []
  let current = ''
  let kept = ''
  try {
    for (const [path, content] of Object.entries(contents)) {
      current = path
      kept = 'nothing was written'
      const target = await targetOf(path)
      if (target.kind === 'file') kept = 'the file that was there is unchanged'
      if (target.kind === 'folder') throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' })
      const parts = partsOf(content)
      if (target.kind === 'other') await writeThrough(target.path, parts)
      else written.push(await writeBeside(target, parts))
    }
    takePlaces(written, (path) => {
      current = path
    })
  } catch (cause) {
    for (const { partial, atExit } of written) {
      await rm(partial, { force: true })
      atExit[Symbol.dispose]()
    }
    throw new DataError(`cannot write ${current}: ${reasonOf(cause)}; ${kept}`, { cause })
  }
  for (const folder of new Set(written.map(({ path }) => dirname(path)))) await syncFolder(folder)
}

interface Written {
  /** The whole of the new content, under a name of its own. */
  readonly partial: string
  readonly path: string
  /** Removes it where the process ends before it takes its place. */
  readonly atExit: Disposable
}

/** In one go, so that no signal comes between two of them. Where one fails, those before it get their old files again. */
function takePlaces(written: readonly Written[], begins: (path: string) => void): void {
  const undo: (() => void)[] = []
  try {
    for (const { partial, path } of written) {
      begins(path)
      if (written.length > 1) undo.push(keepOld(path, `${partial}-old`))
      renameSync(partial, path)
    }
  } catch (error) {
    for (const back of undo.reverse()) back()
    throw error
  } finally {
    for (const { partial } of written) rmSync(`${partial}-old`, { force: true })
  }
  for (const { atExit } of written) atExit[Symbol.dispose]()
}

/** Gives the file at `path` a second name, and how to bring it back. Not every file system has second names. */
function keepOld(path: string, name: string): () => void {
  try {
    linkSync(path, name)
    return () => renameSync(name, path)
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? () => rmSync(path, { force: true }) : () => undefined
  }
}

function partsOf(content: Content): readonly Uint8Array[] {
  if (typeof content === 'string') return [new TextEncoder().encode(content)]
  return content instanceof Uint8Array ? [content] : content
}

async function writeThrough(path: string, parts: readonly Uint8Array[]): Promise<void> {
  const handle = await open(path, 'w')
  try {
    for (const part of parts) await writeAll(handle, part)
  } finally {
    await handle.close()
  }
}

async function writeBeside({ path, mode }: Target, parts: readonly Uint8Array[]): Promise<Written> {
  await clearPartials(path)
  const partial = partialOf(path)
  const atExit = removeAtExit(partial)
  try {
    // At once: what a signal ends may not make it any more after the removal.
    closeSync(openSync(partial, 'wx', mode === undefined ? undefined : 0o600))
    const handle = await open(partial, 'r+')
    try {
      // The mode at opening is cut by the process's mask.
      if (mode !== undefined) await handle.chmod(mode)
      for (const part of parts) await writeAll(handle, part)
      await handle.sync()
      await readBack(handle, parts)
    } finally {
      await handle.close()
    }
  } catch (error) {
    await rm(partial, { force: true })
    atExit[Symbol.dispose]()
    throw error
  }
  return { partial, path, atExit }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, Math.min(piece, bytes.length - done))
    if (bytesWritten === 0) throw new Error(`only ${done} of ${bytes.length} bytes could be written`)
    done += bytesWritten
  }
}

async function readBack(handle: FileHandle, parts: readonly Uint8Array[]): Promise<void> {
  const { size } = await handle.stat()
  const wanted = parts.reduce((sum, { length }) => sum + length, 0)
  if (size !== wanted) throw new Error(`${wanted} bytes were written, and ${size} are there`)
  const buffer = Buffer.alloc(Math.min(piece, wanted))
  let position = 0
  for (const bytes of parts)
    for (let done = 0; done < bytes.length; ) {
      const { bytesRead } = await handle.read(buffer, 0, Math.min(buffer.length, bytes.length - done), position)
      const same = buffer.subarray(0, bytesRead).equals(bytes.subarray(done, done + bytesRead))
      if (bytesRead === 0 || !same) throw new Error('what was written reads back otherwise')
      done += bytesRead
      position += bytesRead
    }
}

/** So that the new name outlives a loss of power, where the system can do that. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null)
  await handle?.sync().catch(() => undefined)
  await handle?.close()
}
