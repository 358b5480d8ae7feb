import type { Backend } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { declaredDTypes } from './capability.js'
import { allChecks } from './checks.js'
import type { Check } from './core/check.js'
import { execute } from './execute.js'
import { isWrong } from './report/report.js'
import { select } from './select.js'

/** Some cases of every check: what a right backend must pass at any seed. */
export interface Trial {
  readonly seed: number
  /** Cases that really ran. */
  readonly cases: number
  /** The same by dtype of the check. */
  readonly dtypes: { readonly [dtype: string]: number }
  readonly alarms: readonly { readonly id: string; readonly message: string }[]
  readonly ms: number
}

const oracle = createNaive()
const timeLimit = 60_000

/** `runs` is the number of cases a check; those that are costly run fewer. */
export async function runTrial(
  backend: Backend,
  seed: number,
  runs = 1,
  suite: readonly Check[] = allChecks(),
): Promise<Trial> {
  const start = Date.now()
  const alarms: { id: string; message: string }[] = []
  const dtypes: { [dtype: string]: number } = {}
  for (const check of select(suite, declaredDTypes(backend), {})) {
    const { result } = await execute(check, { backend, oracle, seed, runs, shrink: false }, timeLimit)
    dtypes[check.dtype] = (dtypes[check.dtype] ?? 0) + result.cases
    if (isWrong(result)) alarms.push({ id: check.id, message: result.failure?.message ?? result.status })
  }
  const cases = Object.values(dtypes).reduce((sum, count) => sum + count, 0)
  return { seed, cases, dtypes, alarms, ms: Date.now() - start }
}
