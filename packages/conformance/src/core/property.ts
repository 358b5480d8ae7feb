import { UnsupportedError } from '@convkit/api'
import fc from 'fast-check'
import type { Case } from './case.js'
import type { CheckContext, CheckOutcome } from './check.js'
import { Violation } from './violation.js'

/**
 * Runs `check` on random cases; a failure is shrunk to its smallest case. Refused cases are counted, not failed.
 * `turn` numbers the cases of a run: one after another, from a number that hangs on the seed.
 */
export async function property(
  context: CheckContext,
  cases: fc.Arbitrary<Case>,
  check: (c: Case, turn: number) => Promise<void>,
): Promise<CheckOutcome> {
  return await holds(
    context,
    cases,
    async (c, turn) => {
      await check(c, turn)
      context.onCase?.(c)
    },
    (c) => c,
  )
}

/** The same over anything; `caseOf` is the case that a value stands for, if it does. */
export async function holds<T>(
  context: CheckContext,
  values: fc.Arbitrary<T>,
  check: (value: T, turn: number) => Promise<void>,
  caseOf: (value: T) => Case | null = () => null,
): Promise<CheckOutcome> {
  const refusals = new Set<string>()
  const { until = Number.POSITIVE_INFINITY } = context
  let [count, turn] = [0, 0]
  const statement = fc.asyncProperty(values, async (value) => {
    // Every case passes from then on, which ends a search for a smaller counterexample too.
    if (Date.now() > until) return
    try {
      await check(value, turn)
      count++
    } catch (error) {
      if (!(error instanceof UnsupportedError)) throw error
      refusals.add(error.message)
    }
  })
  const generate = statement.generate.bind(statement)
  // The number of the run, which stays the same while its case shrinks, and when a path names it.
  statement.generate = (random, run = 0) => {
    turn = (context.seed >>> 0) + run
    return generate(random, run)
  }
  const result = await fc.check(statement, {
    seed: context.seed,
    numRuns: context.runs,
    endOnFailure: context.shrink === false,
    ...(context.path === undefined ? {} : { path: context.path }),
  })
  const outcome = { cases: count, refusals: [...refusals] }
  if (!result.failed) return { ...outcome, failure: null }
  const error = result.errorInstance
  const violation = error instanceof Violation ? error : null
  const [smallest] = result.counterexample ?? []
  const counterexample = violation?.case ?? (smallest === undefined ? null : caseOf(smallest))
  return {
    ...outcome,
    failure: {
      message: error instanceof Error ? error.message : String(error),
      evidence: violation?.evidence ?? null,
      thrown: violation ? null : stackOf(error),
      counterexample,
      // Not every check is about a case: storages are written with plain arrays, sequences are lists of calls.
      value: counterexample ? null : fc.stringify(smallest),
      seed: result.seed,
      path: result.counterexamplePath,
      shrinks: result.numShrinks,
    },
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
