import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** This machine as far as its process ids are its own: containers of one name have others. */
export const machine = createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 8)

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

/** The name under which this process writes what is to become `path`. */
export function partialOf(path: string): string {
  return join(
    dirname(path),
    `${prefixOf(path)}${process.pid}-${startOf(process.pid) ?? ''}-${randomBytes(4).toString('hex')}`,
  )
}

/** Removes what processes that are no more left half-written of the file at `path`. */
export async function clearPartials(path: string): Promise<void> {
  const folder = dirname(path)
  const prefix = prefixOf(path)
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(prefix)) {
      const [pid, start] = name.slice(prefix.length).split('-')
      if (!isRunning(Number(pid), start || null)) await rm(join(folder, name), { force: true }).catch(() => undefined)
    }
}

/** Whether the process that had this id and start is running: ids are given again. */
export function isRunning(pid: number, start: string | null): boolean {
  const now = startOf(pid)
  return isAlive(pid) && (now === null || now === start)
}

/** False also for a process that is dead but was not yet collected by its parent. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is another user's.
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH'
  }
  return !['Z', 'X'].includes(statOf(pid)?.state ?? '')
}

/** When a process was started, in ticks since the machine was; null where the system does not say. */
export function startOf(pid: number): string | null {
  return statOf(pid)?.start ?? null
}

/** proc(5): the name of the process, in parentheses, may hold spaces and parentheses. */
function statOf(pid: number): { readonly state: string; readonly start: string } | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { state: fields[0] ?? '', start: fields[19] ?? '' }
  } catch {
    return null
  }
}

/** A name may have 255 bytes. */
function prefixOf(path: string): string {
  const name = basename(path)
  const short = Buffer.byteLength(name) > 180 ? createHash('sha256').update(name).digest('hex').slice(0, 32) : name
  return `.${short}.partial-${machine}-`
}
