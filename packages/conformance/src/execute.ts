import { UnsupportedError } from '@convkit/api'
import { lacksTable } from './capability.js'
import type { Check, CheckContext, CheckOutcome, Failure } from './core/check.js'
import { whyUnclaimed } from './core/claims.js'
import { seedOf } from './core/seed.js'
import { Violation } from './core/violation.js'
import { type Coverage, createCoverage } from './coverage.js'
import type { CheckResult, Status } from './report/report.js'

/** A check that was run, and what its cases exercised. */
export interface Executed {
  readonly result: CheckResult
  readonly coverage: Coverage
}

/** Part of a check's time limit after which it starts no new case: a slow backend is not a hanging one. */
const share = 0.7

/** Runs one check and never throws: whatever the backend does becomes its result. */
export async function execute(
  check: Check,
  context: Omit<CheckContext, 'onCase' | 'until'>,
  timeLimit: number,
): Promise<Executed> {
  const coverage = createCoverage()
  const { layer, dtype } = check
  if (dtype !== 'int32' && lacksTable(context.backend, layer, dtype))
    return { result: resultOf(check, 'missing', { refusals: ['no kernel'] }), coverage: {} }
  const unclaimed = whyUnclaimed(context.backend, check)
  if (unclaimed !== null) return { result: resultOf(check, 'unclaimed', { unclaimed }), coverage: {} }
  const start = Date.now()
  const seed = seedOf(context.seed, check.id)
  const outcome = await outcomeOf(check, { ...context, seed, until: start + share * timeLimit, onCase: coverage.add })
  const status = statusOf(outcome)
  const shown = outcome.failure && { ...outcome.failure, seed: context.seed }
  const failure = status === 'hung' ? failed(`no case was done within ${timeLimit} ms`) : shown
  const { cases, refusals, notes } = outcome
  return {
    result: resultOf(check, status, { ms: Date.now() - start, cases, refusals, failure, ...(notes ? { notes } : {}) }),
    coverage: coverage.result(),
  }
}

async function outcomeOf(check: Check, context: CheckContext): Promise<CheckOutcome> {
  try {
    return await check.run(context)
  } catch (error) {
    if (error instanceof UnsupportedError)
      return { cases: 0, refusals: [error.message], missing: error.missing, failure: null }
    const message = error instanceof Error ? error.message : String(error)
    const thrown = error instanceof Violation ? null : error instanceof Error ? (error.stack ?? message) : message
    return { cases: 0, refusals: [], failure: { ...failed(message), thrown, seed: context.seed } }
  }
}

function statusOf({ cases, refusals, missing, failure }: CheckOutcome): Status {
  if (failure) return failure.thrown === null ? 'failed' : 'error'
  if (missing) return 'missing'
  // A check that was declined in part has not been passed: what a backend cannot do counts against its score.
  if (refusals.length > 0) return 'refused'
  return cases > 0 ? 'passed' : 'hung'
}

/** A failure that is not about a case. */
export function failed(message: string): Failure {
  return { message, evidence: null, thrown: null, counterexample: null, value: null, seed: 0, path: null, shrinks: 0 }
}

export function resultOf(
  { id, layer, law, dtype, says }: Pick<Check, 'id' | 'layer' | 'law' | 'dtype' | 'says'>,
  status: Status,
  rest: Partial<Pick<CheckResult, 'ms' | 'cases' | 'refusals' | 'failure' | 'notes' | 'unclaimed'>>,
): CheckResult {
  return {
    id,
    layer,
    law,
    dtype,
    says,
    status,
    ms: 0,
    cases: 0,
    refusals: [],
    failure: null,
    notes: [],
    unclaimed: null,
    ...rest,
    skip: null,
  }
}
