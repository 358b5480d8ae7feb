import { defaultRuns } from './core/check.js'
import { createCoverage } from './coverage.js'
import { type Executed, failed } from './execute.js'
import type { ConformanceOptions } from './options.js'
import { type BackendInfo, type CheckResult, casesOf, type Report, type Speed, scoreOf } from './report/report.js'
import { rootsOf } from './report/roots.js'
import type { CheckInfo, Selection } from './select.js'

/** Keeps a run's results and makes its report. */
export interface Ledger {
  /** The result as the skip list leaves it. */
  record(executed: Executed): CheckResult
  /** What is known of a failure by now. */
  amend(result: CheckResult): void
  /** Something wrong with the run itself, which fails it. */
  problem(text: string): void
  recordSpeed(rows: readonly Speed[]): void
  results(): readonly CheckResult[]
  report(): Report
}

export function createLedger(backend: BackendInfo, suite: readonly CheckInfo[], options: ConformanceOptions): Ledger {
  const { seed = 231, runs = defaultRuns, thorough = false, skips = [], environment = {} } = options
  const started = new Date()
  const order = new Map(suite.map(({ id }, i) => [id, i]))
  const reasons = new Map(skips.map(({ id, reason }) => [id, reason]))
  const problems = skips
    .filter(({ id }) => !order.has(id))
    .map(({ id }) => `the skip list names ${id}, which is no check`)
  const results: CheckResult[] = []
  const speed: Speed[] = []
  const coverage = createCoverage()
  const placeOf = ({ id }: CheckResult): number => {
    const place = order.get(id)
    if (place === undefined) throw new Error(`${id} is no check of this suite`)
    return place
  }
  return {
    record(executed) {
      coverage.merge(executed.coverage)
      const result = judge(executed.result, reasons.get(executed.result.id))
      results.push(result)
      return result
    },
    amend(result) {
      results.splice(
        results.findIndex(({ id }) => id === result.id),
        1,
        result,
      )
    },
    problem(text) {
      problems.push(text)
    },
    recordSpeed(rows) {
      speed.push(...rows)
    },
    results: () => results,
    report() {
      const checks = results.toSorted((a, b) => placeOf(a) - placeOf(b))
      return {
        backend,
        selection: selectionOf(options),
        seed,
        runs: thorough ? runs * 10 : runs,
        thorough,
        checks,
        coverage: coverage.result(),
        score: scoreOf(checks),
        cases: casesOf(checks),
        roots: rootsOf(checks),
        problems,
        speed,
        started: started.toISOString(),
        ms: Date.now() - started.getTime(),
        environment,
        command: options.command === undefined ? `npx convkit conformance ${backend.name}` : options.command,
      }
    },
  }
}

/** Without what was not asked for. */
function selectionOf({ only, layer, dtype, path, replay }: Selection): Selection {
  return {
    ...(only && { only }),
    ...(layer && { layer }),
    ...(dtype && { dtype }),
    ...(path && { path }),
    ...(replay && { replay }),
  }
}

/** A skip says that a check fails: where it does not, the skip itself is the failure. */
function judge(result: CheckResult, reason: string | undefined): CheckResult {
  if (reason === undefined || result.status === 'unclaimed') return result
  if (result.status !== 'passed') return { ...result, status: 'skipped', skip: reason }
  const failure = failed(`it passes, but the skip list says that it fails (${reason}): take it off the list`)
  return { ...result, status: 'failed', failure, skip: reason }
}
