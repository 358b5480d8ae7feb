import { UnsupportedError } from '@convkit/api'
import fc from 'fast-check'
import type { Case } from './case.js'
import type { CheckContext, CheckOutcome } from './check.js'
import { Violation } from './violation.js'

/** Runs `holds` on random cases; a failure is shrunk to its smallest case. Refused cases are counted, not failed. */
export async function property(
  context: CheckContext,
  cases: fc.Arbitrary<Case>,
  holds: (c: Case) => Promise<void>,
): Promise<CheckOutcome> {
  const refusals = new Set<string>()
  let count = 0
  const result = await fc.check(
    fc.asyncProperty(cases, async (c) => {
      try {
        await holds(c)
        count++
        context.onCase?.(c)
      } catch (error) {
        if (!(error instanceof UnsupportedError)) throw error
        refusals.add(error.message)
      }
    }),
    { seed: context.seed, numRuns: context.runs, ...(context.path === undefined ? {} : { path: context.path }) },
  )
  if (!result.failed) return { cases: count, refusals: [...refusals], failure: null }
  const error = result.errorInstance
  return {
    cases: count,
    refusals: [...refusals],
    failure: {
      message: error instanceof Error ? error.message : String(error),
      evidence: error instanceof Violation ? error.evidence : null,
      counterexample: result.counterexample?.[0] ?? null,
      seed: result.seed,
      path: result.counterexamplePath,
      shrinks: result.numShrinks,
    },
  }
}
