import { createHash, randomBytes } from 'node:crypto'
import { readlinkSync } from 'node:fs'
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
  return join(dirname(path), `${prefixOf(path)}${process.pid}-${randomBytes(4).toString('hex')}`)
}

/** Removes what processes that are no more left of `path`. */
export async function clearPartials(path: string): Promise<void> {
  const folder = dirname(path)
  const prefix = prefixOf(path)
  for (const name of await readdir(folder).catch(() => []))
    if (name.startsWith(prefix) && !isAlive(Number.parseInt(name.slice(prefix.length), 10)))
      await rm(join(folder, name), { force: true }).catch(() => undefined)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is another user's.
    return error instanceof Error && 'code' in error && error.code !== 'ESRCH'
  }
}

/** A name may have 255 bytes. */
function prefixOf(path: string): string {
  const name = basename(path)
  const short = Buffer.byteLength(name) > 180 ? createHash('sha256').update(name).digest('hex').slice(0, 32) : name
  return `.${short}.partial-${machine}-`
}
