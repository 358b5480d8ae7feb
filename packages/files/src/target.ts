import { readlink, realpath, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { codeOf } from './reason.js'

/** Where a path leads to once links are followed. */
export interface Target {
  readonly path: string
  /** `other` is a device or a pipe, which cannot be replaced. */
  readonly kind: 'file' | 'folder' | 'other' | 'missing'
  /** Permission bits of a file; undefined where there is none. */
  readonly mode: number | undefined
}

/** Rejects with the system's error where the folder of `path` is not there, or no folder. */
export async function targetOf(path: string): Promise<Target> {
  const found = await orNull(stat(path))
  if (!found) {
    const link = await readlink(path).catch(() => null)
    if (link !== null) return await targetOf(resolve(dirname(path), link))
    const folder = await realpath(dirname(resolve(path)))
    if (!(await stat(folder)).isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' })
    return { path: join(folder, basename(path)), kind: 'missing', mode: undefined }
  }
  const kind = found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other'
  return { path: await realpath(path), kind, mode: found.mode & 0o7777 }
}

async function orNull<T>(found: Promise<T>): Promise<T | null> {
  try {
    return await found
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null
    throw error
  }
}
