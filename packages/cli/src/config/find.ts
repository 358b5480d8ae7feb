import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { ConfigError } from '@convkit/api'

const fileNames = ['ts', 'mts', 'js', 'mjs', 'json'].map((extension) => `convkit.config.${extension}`)

/**
 * The nearest configuration file, from `cwd` upward to the project's root: the folder with `.git`, or else the
 * outermost with `package.json`. Neither the user's home nor what is above it belongs to a project.
 *
 * Errors: `ConfigError` where it is neither this user's nor of whoever owns `cwd`, since it is code that would be run.
 */
export async function findConfigFile(cwd: string): Promise<string | null> {
  for (const folder of foldersOfProject(cwd))
    for (const name of fileNames) {
      const path = join(folder, name)
      if (!existsSync(path)) continue
      await checkOwner(path, cwd)
      return path
    }
  return null
}

function foldersOfProject(cwd: string): string[] {
  const folders = [cwd]
  for (let at = dirname(cwd); at !== dirname(at) && at !== homedir(); at = dirname(at)) folders.push(at)
  const holds = (name: string) => (folder: string) => existsSync(join(folder, name))
  const root = folders.find(holds('.git')) ?? folders.findLast(holds('package.json')) ?? cwd
  return folders.slice(0, folders.indexOf(root) + 1)
}

async function checkOwner(path: string, cwd: string): Promise<void> {
  const [file, folder] = await Promise.all([stat(path), stat(cwd)])
  if (!isTrusted({ file: file.uid, folder: folder.uid, self: process.getuid?.() }))
    throw new ConfigError(`${path}: is another user's, and would be run: name it with --config where you trust it`)
}

/** By the owners of a file and of the folder that the command is run in; a system without owners trusts all. */
export function isTrusted(owners: {
  readonly file: number
  readonly folder: number
  readonly self: number | undefined
}): boolean {
  const { file, folder, self } = owners
  return self === undefined || [0, self, folder].includes(file)
}
