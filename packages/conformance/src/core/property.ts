import { QueueError, UnsupportedError } from '@convkit/api'
import fc from 'fast-check'
import type { Case } from './case.js'
import type { CheckContext, CheckOutcome, Failure } from './check.js'
import { casesIn } from './paths.js'
import { NothingToSay } from './tally.js'
import { Violation } from './violation.js'

/**
 * A case that the backend refuses, or that the law says nothing of, is replaced by another: so many for each case that is
 * wanted, and for few of them no fewer than for ten.
 */
export function replacements(wanted: number): number {
  return 3 * Math.max(10, wanted)
}

/**
 * Runs `check` on random cases; a failure is shrunk to its smallest case. Refused cases are counted, not failed.
 * `turn` numbers the cases of a run: one after another, from a number that hangs on the seed.
 */
export async function property(
  context: CheckContext,
  cases: fc.Arbitrary<Case>,
  check: (c: Case, turn: number) => Promise<void>,
): Promise<CheckOutcome> {
  return await holds(context, cases, check, (c) => c)
}

const nothing = { elements: 0, unbounded: 0 } as const

/** The same over anything; `caseOf` is the case that a value stands for, if it does. `examples` come before what is drawn. */
export async function holds<T>(
  context: CheckContext,
  values: fc.Arbitrary<T>,
  check: (value: T, turn: number) => Promise<void>,
  caseOf: (value: T) => Case | null = () => null,
  examples: readonly T[] = [],
): Promise<CheckOutcome> {
  const { seed, until = Number.POSITIVE_INFINITY, path, onStart, onCase, onDraw, tally } = context
  const refusals = new Set<string>()
  const before = examples.map((value): [T] => [value])
  let [started, cases, turn, failed, late, missing] = [0, 0, 0, false, false, false]

  async function attempt(value: T): Promise<void> {
    const c = caseOf(value)
    if (onDraw) return onDraw({ case: c, text: c ? '' : fc.stringify(value) })
    // Every case passes from then on, which ends a search for a smaller counterexample too.
    if (Date.now() > until) {
      late = true
      return
    }
    onStart?.({ case: started++, of: wanted, shrinking: failed })
    const { elements, unbounded } = tally ?? nothing
    try {
      await check(value, turn)
    } catch (error) {
      if (error instanceof UnsupportedError) {
        refusals.add(error.message)
        missing ||= error.missing
      } else if (!(error instanceof NothingToSay)) {
        if (!failed) cases++
        failed = true
        throw error
      }
      fc.pre(false)
    }
    const after = tally ?? nothing
    const compared = after.elements - elements
    fc.pre(compared === 0 || after.unbounded - unbounded < compared)
    if (!failed) cases++
    if (c) onCase?.(c)
  }

  /** The number of a run stays the same while its case shrinks, and when a path names it. */
  function numbered(attempt: (value: T) => Promise<void>) {
    const statement = fc.asyncProperty(values, attempt)
    const generate = statement.generate.bind(statement)
    statement.generate = (random, run = 0) => {
      turn = (seed >>> 0) + run
      return generate(random, run)
    }
    return statement
  }

  const paths = path === undefined ? null : casesIn(path)
  const wanted = paths?.length ?? context.runs
  let failure: Failure | null = null
  if (!paths) failure = await search()
  for (const one of paths ?? []) {
    const found = await only(one)
    failure ??= found
  }
  return { cases, wanted, late, refusals: [...refusals], ...(missing ? { missing } : {}), failure }

  async function search(): Promise<Failure | null> {
    const details = await fc.check(numbered(attempt), {
      seed,
      numRuns: context.runs,
      maxSkipsPerRun: replacements(context.runs) / context.runs,
      endOnFailure: context.shrink === false,
      examples: before,
    })
    return failureIn(details)
  }

  /** The case at a path, and no other. */
  async function only(one: string): Promise<Failure | null> {
    let met = false
    const once = async (value: T) => {
      if (met) return
      met = true
      failed = false
      await attempt(value)
    }
    return failureIn(
      await fc.check(numbered(once), { seed, numRuns: 1, path: one, examples: before, endOnFailure: true }),
    )
  }

  function failureIn(details: fc.RunDetails<[T]>): Failure | null {
    const { counterexample, counterexamplePath: path } = details
    // Without one there were too few cases: they are counted.
    if (!details.failed || counterexample === null || path === null) return null
    const error = details.errorInstance
    const violation = error instanceof Violation ? error : null
    const [smallest] = counterexample
    const c = violation?.case ?? caseOf(smallest)
    return {
      message: error instanceof Error ? error.message : String(error),
      evidence: violation?.evidence ?? null,
      thrown: stackOf(error),
      counterexample: c,
      // Not every check is about a case: storages are written with plain arrays, sequences are lists of calls.
      value: c ? null : fc.stringify(smallest),
      seed: details.seed,
      path,
      shrinks: path.split(':').length - 1,
    }
  }
}

/** Null where the message says it all: the backend answered, but wrongly, or did not queue. */
export function stackOf(error: unknown): string | null {
  if (error instanceof Violation || error instanceof QueueError) return null
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
