import { type Backend, UnsupportedError } from '@convkit/api'
import { kernelsOf, lacksTable } from './capability.js'
import { arithmeticOf, plain } from './core/arithmetic.js'
import type { Check, CheckContext, CheckOutcome, Failure } from './core/check.js'
import { whyUnclaimed } from './core/claims.js'
import { whyIncomplete } from './core/floor.js'
import { stackOf } from './core/property.js'
import { seedOf } from './core/seed.js'
import { createTally, type Tally } from './core/tally.js'
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
  const tally = createTally()
  const until = start + share * timeLimit
  const outcome = await outcomeOf(check, { ...context, seed, until, tally, onCase: coverage.add })
  const status = statusOf(outcome)
  const shown = outcome.failure && { ...outcome.failure, seed: context.seed }
  const few = status === 'passed' ? whyIncomplete(outcome, timeLimit) : null
  if (few !== null && saysNothing(outcome, tally) && declaresCoarse(context.backend, check))
    return { result: resultOf(check, 'unclaimed', { unclaimed: unboundedReason }), coverage: {} }
  const { cases, refusals, notes = [] } = outcome
  // Of a kernel that is not there no case is expected.
  const wanted = status === 'missing' ? null : (outcome.wanted ?? null)
  const rest = { ms: Date.now() - start, cases, wanted, refusals, notes, elements: countsOf(tally) }
  return {
    result: few === null ? resultOf(check, status, { ...rest, failure: shown }) : incomplete(check, few, rest),
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
    const { evidence, case: counterexample } = error instanceof Violation ? error : { evidence: null, case: null }
    const failure = { ...failed(message), evidence, counterexample, thrown: stackOf(error), seed: context.seed }
    return { cases: 0, refusals: [], failure }
  }
}

function statusOf({ refusals, missing, failure }: CheckOutcome): Status {
  if (failure) return failure.thrown === null ? 'failed' : 'error'
  if (missing) return 'missing'
  // A check that was declined in part has not been passed: what a backend cannot do counts against its score.
  if (refusals.length > 0) return 'refused'
  return 'passed'
}

const unboundedReason = 'it declares a unit roundoff at which sums as long as these have no bound'

/** Whether every case ran, and none had an element with a bound. */
function saysNothing({ cases, late, refusals }: CheckOutcome, { elements, unbounded }: Tally): boolean {
  return cases === 0 && !late && refusals.length === 0 && elements > 0 && unbounded === elements
}

function declaresCoarse(backend: Backend, { layer, dtype }: Check): boolean {
  if (dtype === 'int32') return false
  const kernels = [undefined, ...kernelsOf(backend, layer, dtype)]
  return kernels.some((kernel) => arithmeticOf(backend, dtype, kernel).unitRoundoff > plain[dtype].unitRoundoff)
}

function incomplete(check: Check, why: string, rest: Rest): CheckResult {
  return resultOf(check, 'incomplete', { ...rest, failure: failed(why) })
}

function countsOf({ elements, unbounded }: Tally): CheckResult['elements'] {
  return { compared: elements, unbounded }
}

/** A failure that is not about a case. */
export function failed(message: string): Failure {
  return { message, evidence: null, thrown: null, counterexample: null, value: null, seed: 0, path: null, shrinks: 0 }
}

type Rest = Partial<Omit<CheckResult, 'id' | 'layer' | 'law' | 'dtype' | 'says' | 'status' | 'skip'>>

export function resultOf(
  { id, layer, law, dtype, says }: Pick<Check, 'id' | 'layer' | 'law' | 'dtype' | 'says'>,
  status: Status,
  rest: Rest,
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
    wanted: null,
    elements: { compared: 0, unbounded: 0 },
    refusals: [],
    failure: null,
    reproduction: null,
    notes: [],
    unclaimed: null,
    ...rest,
    skip: null,
  }
}
