import type { Builder } from './builder.js'
import type { Fed, Operand } from './emit.js'
import type { Version } from './version.js'

/** An emitter seen without its types: dims, scalars where the signature has them, then operands. */
export type AnyEmitter = (g: Builder, d: object, ...rest: readonly (Fed<object> | Operand | null)[]) => void

/** A storage argument of a recorded call, as it was and as the call leaves it; null where it was not given. */
export type Argument = { readonly reads: Version | null; readonly writes: Version | null } | null

/** A kernel call that has not run yet. */
export interface Call {
  /** `conv2d.backward` */
  readonly label: string
  readonly emit: AnyEmitter
  readonly d: object
  readonly scalars: object | null
  readonly args: readonly Argument[]
  /** Where it was made, if errors are to show that. */
  readonly stack?: Error
}

/** Calls that run together, in call order, with what they start from and what of theirs lives on. */
export interface Batch {
  readonly calls: readonly Call[]
  readonly leaves: readonly Version[]
  readonly roots: readonly Version[]
}

export function readsOf({ args }: Call): Version[] {
  return args.flatMap((arg) => (arg?.reads ? [arg.reads] : []))
}

export function writesOf({ args }: Call): Version[] {
  return args.flatMap((arg) => (arg?.writes ? [arg.writes] : []))
}

/** The queue. What is recorded pins what it reads, until it is taken. */
export class Recorder {
  #calls: Call[] = []

  get length(): number {
    return this.#calls.length
  }

  record(call: Call): void {
    for (const version of readsOf(call)) version.pin()
    this.#calls.push(call)
  }

  /**
   * All that was recorded, without the calls whose results nobody can read any more; null where nothing is left. The
   * leaves stay pinned until the batch has run.
   */
  take(): Batch | null {
    const recorded = this.#calls
    this.#calls = []
    const batch = live(recorded)
    for (const version of batch.leaves) version.pin()
    for (const call of recorded) for (const version of readsOf(call)) version.unpin()
    return batch.calls.length > 0 ? batch : null
  }
}

function live(recorded: readonly Call[]): Batch {
  const needed = new Set<Version>()
  const roots: Version[] = []
  const calls = recorded
    .toReversed()
    .filter((call) => {
      let used = false
      for (const version of writesOf(call)) {
        const root = version.bindings > 0 || version.wanted
        if (root) roots.push(version)
        used ||= root || needed.has(version)
      }
      if (used) for (const version of readsOf(call)) needed.add(version)
      return used
    })
    .reverse()
  for (const call of calls) for (const version of writesOf(call)) needed.delete(version)
  return { calls, leaves: [...needed], roots: roots.reverse() }
}
