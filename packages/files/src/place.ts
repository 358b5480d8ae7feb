import { closeSync, openSync, rmSync } from 'node:fs'
import { access, constants, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ConfigError } from '@convkit/api'
import { makeFolder } from './makeFolder.js'
import { partialOf } from './partial.js'
import { reasonOf } from './reason.js'
import { targetOf } from './target.js'

/** A file that is to be written later, or one that may not be overwritten. */
export interface Place {
  readonly path: string
  /** Whether it is read and not written: only that no other place is this file matters. */
  readonly read?: boolean
  /** How many bytes it will have at least, where that is known. */
  readonly bytes?: number
}

/**
 * Tries places before the work begins: each can be written, has room for what is known, and no two are one file. Folders
 * that are missing are made. `places` are named as the user knows them: `{ '--out': { path } }`.
 *
 * Errors: `ConfigError` that names the option, the file and the reason.
 */
export async function checkPlaces(places: { readonly [option: string]: Place | undefined }): Promise<void> {
  const taken = new Map<string, string>()
  for (const [option, place] of Object.entries(places)) {
    if (!place) continue
    const path = await check(option, place)
    const other = path === null ? undefined : taken.get(path)
    if (other !== undefined)
      throw new ConfigError(`${other} and ${option} are the same file, ${place.path}: expected two`)
    if (path !== null) taken.set(path, option)
  }
}

/** Gives the file that is meant, or null where it is a device or a pipe. */
async function check(option: string, { path, read = false, bytes = 0 }: Place): Promise<string | null> {
  const refuse = (reason: string) => new ConfigError(`${option}: cannot write ${path}: ${reason}`)
  if (read)
    return await targetOf(path).then(
      ({ kind, path }) => (kind === 'file' ? path : null),
      () => null,
    )
  try {
    await makeFolder(dirname(path))
    const target = await targetOf(path)
    if (target.kind === 'folder') throw refuse('it is a folder; expected the name of a file')
    if (target.kind !== 'missing') await access(target.path, constants.W_OK)
    if (target.kind === 'other') return null
    const folder = dirname(target.path)
    tryOut(partialOf(target.path))
    const { bavail, bsize } = await statfs(folder)
    if (bavail * bsize < bytes)
      throw refuse(`it needs at least ${megabytes(bytes)}, and ${megabytes(bavail * bsize)} are free`)
    return target.path
  } catch (cause) {
    if (cause instanceof ConfigError) throw cause
    throw refuse(reasonOf(cause))
  }
}

/** In one go, so that no signal leaves the file there. */
function tryOut(path: string): void {
  try {
    closeSync(openSync(path, 'wx'))
  } finally {
    rmSync(path, { force: true })
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toPrecision(3)} MB`
}
