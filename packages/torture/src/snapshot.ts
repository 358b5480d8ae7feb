import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'

/** The digest of every file in a folder and the folders in it, by name. */
export type Snapshot = ReadonlyMap<string, string>

export async function snapshotOf(folder: string): Promise<Snapshot> {
  const found = new Map<string, string>()
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (entry.isFile()) found.set(relative(folder, path), digestOf(await readFile(path)))
    // The lock of a download is a folder.
    else if (entry.name.startsWith('.')) found.set(`${relative(folder, path)}/`, '')
  }
  return found
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Files that are no command's result: parts, locks, working folders. */
export function litterIn(snapshot: Snapshot): string[] {
  return [...snapshot.keys()].filter((name) => name.split('/').some((part) => part.startsWith('.')))
}
