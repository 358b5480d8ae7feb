import { readdir, readFile } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ConfigError } from '@convkit/api'
import type { NamedBytes } from '../reference/file.js'

const ending = '.safetensors'
const shipped = fileURLToPath(new URL('../../fixtures/', import.meta.url))

/** The reference files that come with the suite, and those of another folder and its subfolders. */
export async function readReferences(folder: string | null = null): Promise<NamedBytes[]> {
  const own = await readFolder(shipped)
  const more = folder === null ? [] : await readFolder(folder)
  for (const { name } of more)
    if (own.some((file) => file.name === name))
      throw new ConfigError(`--fixtures: a reference file that comes with the suite is called ${name}${ending} too`)
  return [...own, ...more]
}

/** Throws `ConfigError` where the folder cannot be read or holds no such file. */
async function readFolder(folder: string): Promise<NamedBytes[]> {
  const entries = await readdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw new ConfigError(`--fixtures: cannot read the folder ${folder}`, { cause })
  })
  const files = entries.filter((entry) => entry.endsWith(ending)).sort()
  if (files.length === 0) throw new ConfigError(`--fixtures: no ${ending} file is in ${folder}`)
  const read: NamedBytes[] = []
  for (const file of files) {
    const name = file.slice(0, -ending.length).split(sep).join('/')
    read.push({ name, bytes: await readFile(join(folder, file)) })
  }
  return read
}
