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
  if (await made(path)) return
  if (dirname(path) !== path) await makeFolder(dirname(path))
  if (!(await made(path))) throw Object.assign(new Error(`${path} cannot be made`), { code: 'ENOENT' })
}

/** False where the folder that it would be in is not there. Others may make the same folder at the same time. */
async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path)
    return true
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT') return false
    if (code !== 'EEXIST') throw error
    if ((await stat(path)).isDirectory()) return true
    throw Object.assign(new Error(`${path} is no folder`), { code: 'ENOTDIR' })
  }
}
