/// <reference lib="esnext.disposable" preserve="true" />

import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { ConfigError, DataError } from '@convkit/api'
import { removeAtExit } from './atExit.js'
import { clearPartials, isRunning, machine, partialOf, startOf } from './partial.js'
import { codeOf, reasonOf } from './reason.js'
import { targetOf } from './target.js'

/** A file that is this process's to write until it is disposed of, or the process ends. */
export type Hold = Disposable

interface Holder {
  readonly pid: number
  readonly start: string | null
  readonly machine: string
  readonly host: string
}

/**
 * Holds the file at `path`, which need not exist: another process that wants to hold it is refused. A file `.NAME.lock`
 * beside it says who does; that of a process that is no more is taken over, and what it left half-written is removed.
 *
 * Errors: `ConfigError` that names the process that holds it, `DataError` where the lock cannot be written.
 */
export async function holdFile(path: string): Promise<Hold> {
  const target = await targetOf(path)
  const lock = join(dirname(target.path), `.${basename(target.path)}.lock`)
  const own = JSON.stringify({
    pid: process.pid,
    start: startOf(process.pid),
    machine,
    host: hostname(),
  } satisfies Holder)
  if (!created(lock, own)) await takeOver(path, lock, own)
  const atExit = removeAtExit(lock)
  for (const path of [lock, target.path]) await clearPartials(path)
  return {
    [Symbol.dispose]() {
      atExit[Symbol.dispose]()
      rmSync(lock, { force: true })
    },
  }
}

function created(lock: string, content: string): boolean {
  try {
    writeFileSync(lock, content, { flag: 'wx' })
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    // On a full disk an empty file may be there.
    rmSync(lock, { force: true })
    throw cannotHold(lock, error)
  }
}

async function takeOver(path: string, lock: string, own: string): Promise<void> {
  const holder = holderIn(await contentOf(lock))
  if (holder && (holder.machine !== machine || isRunning(holder.pid, holder.start))) throw heldBy(path, lock, holder)
  const mark = `${own.slice(0, -1)},"turn":"${Math.random()}"}`
  const partial = partialOf(lock)
  try {
    writeFileSync(partial, mark, { flag: 'wx' })
    renameSync(partial, lock)
  } catch (error) {
    rmSync(partial, { force: true })
    throw cannotHold(lock, error)
  }
  // Of two that take over at once the later one has it.
  await setTimeout(100)
  const now = await contentOf(lock)
  if (now !== mark) throw heldBy(path, lock, holderIn(now))
}

async function contentOf(lock: string): Promise<string> {
  const content = await readFile(lock, 'utf8').catch(() => '')
  if (content !== '') return content
  // It may be about to be written.
  await setTimeout(100)
  return await readFile(lock, 'utf8').catch(() => '')
}

/** Null for a lock that was cut short when its process died. */
function holderIn(content: string): Holder | null {
  try {
    const holder: unknown = JSON.parse(content)
    return isHolder(holder) ? holder : null
  } catch {
    return null
  }
}

function isHolder(value: unknown): value is Holder {
  if (typeof value !== 'object' || value === null) return false
  if (!('pid' in value && 'start' in value && 'machine' in value && 'host' in value)) return false
  const { pid, start, machine, host } = value
  const strings = [machine, host].every((text) => typeof text === 'string')
  return typeof pid === 'number' && (typeof start === 'string' || start === null) && strings
}

function cannotHold(lock: string, cause: unknown): DataError {
  return new DataError(`cannot write ${lock}: ${reasonOf(cause)}; nothing was written`, { cause })
}

function heldBy(path: string, lock: string, holder: Holder | null): ConfigError {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'another process'
  return new ConfigError(
    `${path} is being written by ${who}; wait for it, or name another file (if it is gone, remove ${lock})`,
  )
}
