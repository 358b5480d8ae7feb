import type { Backend, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { declaredDTypes } from './capability.js'
import { allChecks } from './checks.js'
import { defaultRuns } from './core/check.js'
import { type Here, laboratoryHere, openHere, runHere } from './here.js'
import { createLedger } from './ledger.js'
import { type ConformanceOptions, checkRun, conformanceOptions } from './options.js'
import { planOf, reproduces } from './plan.js'
import type { Past } from './replay/reproduce.js'
import { reproduceAll } from './replay/reproduceAll.js'
import type { BackendInfo, CheckResult, Report } from './report/report.js'
import type { Settings } from './settings.js'

export type Event =
  | { readonly type: 'start'; readonly backend: BackendInfo; readonly total: number }
  | { readonly type: 'check'; readonly id: string }
  | { readonly type: 'result'; readonly result: CheckResult }
  /** A failure is run again, and what leads to it is sought. */
  | { readonly type: 'again'; readonly id: string }
  | { readonly type: 'speed'; readonly layer: string; readonly dtype: FloatDType }
  | { readonly type: 'end'; readonly report: Report }

export function settingsOf({
  seed = 231,
  runs = defaultRuns,
  timeLimit = 20_000,
  thorough,
}: ConformanceOptions): Settings {
  const times = thorough ? 10 : 1
  return { seed, runs: runs * times, timeLimit: timeLimit * times }
}

/**
 * Holds a backend against the suite, in this process: for a browser page, or where the backend is trusted. A call that
 * never settles is reported after the time limit; one that never returns cannot be stopped here, nor can a crash be
 * survived: `runIsolated` of `@convkit/conformance/node` does both. Failures are run again on fresh backends where
 * `subject` is a function that makes one. Throws `ConfigError` for options and names that do not exist and for a
 * selection of no checks, `ConvkitError` where the backend is not there in time.
 */
export async function* runConformance(
  subject: Backend | (() => Backend | Promise<Backend>),
  given: ConformanceOptions = {},
): AsyncGenerator<Event, void, void> {
  const options = checkRun('runConformance', given, conformanceOptions)
  const create = typeof subject === 'function' ? subject : () => subject
  const { checks = allChecks(), oracle = createNaive(), loadLimit = defaultLoadLimit } = options
  const here: Here = { checks, oracle, settings: settingsOf(options), create, loadLimit }
  let backend = await openHere(here)
  const info = infoOf(backend)
  const plan = planOf(checks, info.dtypes, options)
  const ledger = createLedger(info, checks, options)
  const before = new Map<string, readonly Past[]>()
  let past: readonly Past[] = []
  yield { type: 'start', backend: info, total: plan.length }
  for (const { check, steps } of plan) {
    yield { type: 'check', id: check.id }
    // A page wants to paint; promises alone never let go of the event loop.
    await new Promise<void>((resolve) => setTimeout(resolve))
    const { executed } = await runHere(here, backend, check, steps)
    before.set(check.id, past)
    past = [...past, { id: check.id, cases: executed.result.cases }]
    yield { type: 'result', result: ledger.record(executed) }
    if (executed.result.status !== 'hung') continue
    // Its queue may never move again.
    backend = await openHere(here)
    past = []
  }
  if (typeof subject === 'function') {
    await backend.close?.()
    if (reproduces(options))
      for await (const id of reproduceAll(ledger, before, laboratoryHere(here))) yield { type: 'again', id }
  }
  yield { type: 'end', report: ledger.report() }
}

/** Making a backend may mean compiling it. */
export const defaultLoadLimit = 60_000

/** The report at the end of a run. */
export async function collect(events: AsyncIterable<Event>): Promise<Report> {
  for await (const event of events) if (event.type === 'end') return event.report
  throw new Error('the run has no end')
}

export function infoOf(backend: Backend): BackendInfo {
  const { name, description, arithmetic = null, conventions = null } = backend
  return { name, description, arithmetic, conventions, dtypes: declaredDTypes(backend) }
}
