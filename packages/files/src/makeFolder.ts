import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { codeOf } from './reason.js'

/**
 * Makes a folder and those that it is in, where they are not there yet. Node's own way to do so never ends in a place where
 * nothing can be made, such as `/proc`.
 *
 * Errors: the system's.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    if (code === 'EEXIST') throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR' })
    if (code !== 'ENOENT' || dirname(path) === path) throw error
    await makeFolder(dirname(path))
    await mkdir(path)
  }
}
