import type { Call, Step } from './call.js'
import { keyOf } from './structure.js'
import type { Version } from './version.js'

/** Steps of one structure that run together, in order, with what they start from and what of theirs lives on. */
export interface Batch {
  readonly steps: readonly Step[]
  readonly leaves: readonly Version[]
  readonly roots: readonly Version[]
}

/** The queue. What is recorded pins what it reads, until it is taken. */
export class Recorder {
  #steps: Call[][] = [[]]

  /** Calls recorded. */
  get length(): number {
    return this.#steps.reduce((sum, { length }) => sum + length, 0)
  }

  /** Steps that were ended. */
  get ended(): number {
    return this.#steps.length - 1
  }

  record(call: Call): void {
    for (const version of readsOf(call)) version.pin()
    this.#steps[this.#steps.length - 1].push(call)
  }

  end(): void {
    this.#steps.push([])
  }

  /**
   * All that was recorded, without the calls whose results nobody can read any more. As many steps in a row as run
   * together, of one structure, are one batch; others are one each, so that no program is made for what is left over.
   * What batches start from stays pinned until `release`.
   */
  take(stepsPerRun: number): Batch[] {
    const recorded = this.#steps
    this.#steps = [[]]
    const batches = batchesOf(
      live(recorded).filter(({ length }) => length > 0),
      stepsPerRun,
    )
    for (const { leaves } of batches) for (const version of leaves) version.pin()
    for (const call of recorded.flat()) for (const version of readsOf(call)) version.unpin()
    return batches
  }
}

export function release({ leaves }: Batch): void {
  for (const version of leaves) version.unpin()
}

function readsOf({ args }: Call): Version[] {
  return args.flatMap((arg) => (arg?.reads ? [arg.reads] : []))
}

function writesOf({ args }: Call): Version[] {
  return args.flatMap((arg) => (arg?.writes ? [arg.writes] : []))
}

/** Whether something outside the queue can read it. */
function isRoot(version: Version): boolean {
  return version.bindings > 0 || version.wanted
}

function live(recorded: readonly Step[]): Step[] {
  const needed = new Set<Version>()
  const isUsed = (call: Call) => {
    const used = writesOf(call).some((version) => isRoot(version) || needed.has(version))
    if (used) for (const version of readsOf(call)) needed.add(version)
    return used
  }
  return recorded
    .toReversed()
    .map((step) => step.toReversed().filter(isUsed).reverse())
    .reverse()
}

function batchesOf(steps: readonly Step[], stepsPerRun: number): Batch[] {
  const later = new Set<Version>()
  const batches: Batch[] = []
  for (const group of grouped(steps, stepsPerRun).reverse()) {
    const made = new Set(group.flat().flatMap(writesOf))
    const read = new Set(group.flat().flatMap(readsOf))
    const roots = [...made].filter((version) => isRoot(version) || later.has(version))
    batches.push({ steps: group, leaves: [...read].filter((version) => !made.has(version)), roots })
    for (const version of read) later.add(version)
  }
  return batches.reverse()
}

function grouped(steps: readonly Step[], stepsPerRun: number): (readonly Step[])[] {
  const groups: (readonly Step[])[] = []
  const keys = steps.length < stepsPerRun || stepsPerRun === 1 ? [] : steps.map((step) => keyOf(step).key)
  for (let at = 0; at < steps.length; ) {
    const equal = keys.slice(at, at + stepsPerRun).filter((key) => key === keys[at])
    const count = equal.length === stepsPerRun && stepsPerRun > 1 ? stepsPerRun : 1
    groups.push(steps.slice(at, at + count))
    at += count
  }
  return groups
}
