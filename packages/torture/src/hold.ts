import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { loadCheckpoint } from '@convkit/nn/node'
import { litterIn, type Snapshot, snapshotOf } from './snapshot.js'
import type { Writer } from './writers.js'

/** What a writer's folder holds before a run, and after one that nothing disturbed. */
export interface Reference {
  readonly old: Snapshot
  readonly whole: Snapshot
}

/**
 * What is wrong with a folder after a run that was disturbed: every file has to be the old one or a new one, and files that
 * belong together all old or all new.
 */
export async function faultsIn(folder: string, writer: Writer, { old, whole }: Reference): Promise<string[]> {
  const found = await snapshotOf(folder)
  const faults: string[] = []
  const ages = new Map<string, string>()
  for (const name of new Set([...old.keys(), ...whole.keys(), ...found.keys()])) {
    if (litterIn(new Map([[name, '']])).length > 0) continue
    const digest = found.get(name)
    if (!old.has(name) && !whole.has(name)) faults.push(`${name}: nobody writes this file`)
    else if (name === writer.progress) {
      if (digest !== undefined && digest !== whole.get(name))
        await loadCheckpoint(join(folder, name)).catch((error: unknown) => faults.push(`${name}: ${error}`))
    } else if (digest === old.get(name)) {
      if (digest !== whole.get(name)) ages.set(name, 'old')
    } else if (digest === whole.get(name)) ages.set(name, 'new')
    else if (digest === undefined) faults.push(`${name}: is gone`)
    else if (writer.varies && isWhole(name, await readFile(join(folder, name), 'utf8'))) ages.set(name, 'new')
    else faults.push(`${name}: is neither the old file nor the new one`)
  }
  if (new Set(ages.values()).size > 1)
    faults.push(`mixed: ${[...ages].map(([name, age]) => `${name} ${age}`).join(', ')}`)
  return faults
}

/** Of a file that is never the same twice: whether its end is there. */
function isWhole(name: string, text: string): boolean {
  if (extname(name) !== '.json') return text.trimEnd().endsWith(extname(name) === '.md' ? '' : '>')
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
