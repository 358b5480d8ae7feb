import type { Backend, FloatDType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { declaredDTypes } from './capability.js'
import { allChecks } from './checks.js'
import type { Check } from './core/check.js'
import { type Executed, execute, failed, resultOf } from './execute.js'
import { createLedger } from './ledger.js'
import type { BackendInfo, CheckResult, Report } from './report/report.js'
import { type Selection, select } from './select.js'

/** A check that a backend is known to fail. It is run all the same, and may not pass. */
export interface Skip {
  /** Exact. */
  readonly id: string
  readonly reason: string
}

export interface ConformanceOptions extends Selection {
  /** Default 231. */
  readonly seed?: number
  /** Random cases a check; default 40. */
  readonly runs?: number
  /** Ten times the cases and the time limit. */
  readonly thorough?: boolean
  /** Milliseconds a check may take; default 20,000. */
  readonly timeLimit?: number
  readonly skips?: readonly Skip[]
  /** fast-check's path to one case, as a failure names it. */
  readonly path?: string
  /** Default: all of the suite. */
  readonly checks?: readonly Check[]
  /** What expected values come from; default the naive backend. */
  readonly oracle?: Backend
  /** What a reproduction starts with; default `convkit conformance <name>`. */
  readonly command?: string
  /** Recorded in the report: versions, processor, ... */
  readonly environment?: { readonly [name: string]: string }
}

export type Event =
  | { readonly type: 'start'; readonly backend: BackendInfo; readonly total: number }
  | { readonly type: 'check'; readonly id: string }
  | { readonly type: 'result'; readonly result: CheckResult }
  | { readonly type: 'speed'; readonly layer: string; readonly dtype: FloatDType }
  | { readonly type: 'end'; readonly report: Report }

export interface Settings {
  readonly seed: number
  readonly runs: number
  readonly timeLimit: number
}

export function settingsOf({ seed = 231, runs = 40, timeLimit = 20_000, thorough }: ConformanceOptions): Settings {
  const times = thorough ? 10 : 1
  return { seed, runs: runs * times, timeLimit: timeLimit * times }
}

/**
 * Holds a backend against the suite, in this process: for a browser page, or where the backend is trusted. A call that
 * never settles is reported after the time limit; one that never returns cannot be stopped here, nor can a crash be
 * survived: `runIsolated` of `@convkit/conformance/node` does both. Throws `ConfigError` for names that do not exist.
 */
export async function* runConformance(
  subject: Backend | (() => Backend | Promise<Backend>),
  options: ConformanceOptions = {},
): AsyncGenerator<Event, void, void> {
  const create = typeof subject === 'function' ? subject : () => subject
  const { checks = allChecks(), oracle = createNaive(), path } = options
  const { timeLimit, ...settings } = settingsOf(options)
  let backend = await create()
  const info = infoOf(backend)
  const selected = select(checks, info.dtypes, options)
  const ledger = createLedger(info, checks, options)
  yield { type: 'start', backend: info, total: selected.length }
  for (const check of selected) {
    yield { type: 'check', id: check.id }
    // A page wants to paint; promises alone never let go of the event loop.
    await new Promise<void>((resolve) => setTimeout(resolve))
    const context = {
      ...{ backend, oracle, ...settings },
      ...(path === undefined ? {} : { path }),
      ...(typeof subject === 'function' ? { create } : {}),
    }
    const executed = await within(timeLimit, check, execute(check, context, timeLimit))
    yield { type: 'result', result: ledger.record(executed) }
    // Its queue may never move again.
    if (executed.result.status === 'hung') backend = await create()
  }
  if (typeof subject === 'function') await backend.close?.()
  yield { type: 'end', report: ledger.report() }
}

/** The report at the end of a run. */
export async function collect(events: AsyncIterable<Event>): Promise<Report> {
  for await (const event of events) if (event.type === 'end') return event.report
  throw new Error('the run has no end')
}

export function infoOf(backend: Backend): BackendInfo {
  const { name, description, arithmetic = null } = backend
  return { name, description, arithmetic, dtypes: declaredDTypes(backend) }
}

async function within(limit: number, check: Check, execution: Promise<Executed>): Promise<Executed> {
  const start = Date.now()
  let timer: ReturnType<typeof setTimeout> | undefined
  const timeout = new Promise<Executed>((resolve) => {
    timer = setTimeout(() => resolve({ result: hung(check, limit, Date.now() - start), coverage: {} }), limit)
  })
  return await Promise.race([execution, timeout]).finally(() => clearTimeout(timer))
}

export function hung(check: Parameters<typeof resultOf>[0], limit: number, ms: number): CheckResult {
  return resultOf(check, 'hung', { ms, failure: failed(`no answer within ${limit / 1000} s`) })
}
