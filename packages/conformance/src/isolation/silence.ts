import type { Check } from '../core/check.js'
import { failed, resultOf } from '../execute.js'
import type { StepProgress } from '../replay/run.js'
import type { CheckResult } from '../report/report.js'

/** The last sign of life of a check. */
export interface Life {
  /** Null where there was none. */
  readonly at: StepProgress | null
  /** Milliseconds from the request to it. */
  readonly ms: number
  /** Whether others may have followed untold. */
  readonly sparse: boolean
}

/** A check that gave no answer and began no other case for so long. */
export function hung(
  check: Pick<Check, 'id' | 'layer' | 'law' | 'dtype' | 'says'>,
  limit: number,
  life: Life,
): CheckResult {
  const failure = failed(`no answer within ${limit / 1000} s: ${lastSeen(check.id, life)}`)
  return resultOf(check, 'hung', { ms: Math.round(life.ms) + limit, failure })
}

function lastSeen(id: string, { at, ms, sparse }: Life): string {
  if (!at || at.of === 0) return `${id} began no case`
  const which = at.shrinking ? 'a case of the search for a smaller one' : `case ${at.case + 1} of ${at.of}`
  return `${which}${sparse ? ', or one soon after it,' : ''} began ${(ms / 1000).toFixed(1)} s into ${id} and did not end`
}
