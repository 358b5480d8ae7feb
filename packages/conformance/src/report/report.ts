import type { Backend, DType, FloatDType } from '@convkit/api'
import type { Failure } from '../core/check.js'
import type { Coverage } from '../coverage.js'

/**
 * `missing`: no kernel. `refused`: the backend's own `unsupported` declined some case, or all. `failed`: a wrong answer.
 * `error`: the backend threw. `crashed`: its process ended. `hung`: no answer within the time limit. `skipped`: listed as
 * known to fail, and it does.
 */
export type Status = 'passed' | 'failed' | 'error' | 'crashed' | 'hung' | 'missing' | 'refused' | 'skipped'

export interface CheckResult {
  readonly id: string
  readonly layer: string
  readonly law: string
  readonly dtype: DType
  /** The law in one sentence. */
  readonly says: string
  readonly status: Status
  readonly ms: number
  /** Cases that really ran. */
  readonly cases: number
  /** Why the backend refused cases, if it did. */
  readonly refusals: readonly string[]
  readonly failure: Failure | null
  /** What a reader should know of the check all the same. */
  readonly notes: readonly string[]
  /** The reason that a skip list gives. */
  readonly skip: string | null
}

export interface BackendInfo {
  readonly name: string
  readonly description: string
  readonly arithmetic: Backend['arithmetic'] | null
  /** What it is specified for: the tables that its `kernels` have. */
  readonly dtypes: readonly FloatDType[]
}

/** Median of the ratios of naive's time to the backend's, round by round; null where there is no such pass. */
export interface Speed {
  readonly layer: string
  readonly dtype: FloatDType
  readonly pass: 'forward' | 'backward'
  /** Milliseconds a call, medians. */
  readonly naive: number
  readonly backend: number
  readonly speedup: number
  readonly samples: number
  /** What was timed: input shapes and attributes. */
  readonly workload: string
}

export interface Report {
  readonly backend: BackendInfo
  readonly seed: number
  readonly runs: number
  readonly thorough: boolean
  readonly checks: readonly CheckResult[]
  readonly coverage: Coverage
  readonly score: { readonly passed: number; readonly specified: number }
  /** What is wrong with the run itself, such as a skip of a check that does not exist. */
  readonly problems: readonly string[]
  readonly speed: readonly Speed[]
  /** ISO 8601. */
  readonly started: string
  readonly ms: number
  readonly environment: { readonly [name: string]: string }
  /** What a reproduction starts with: `convkit conformance ./my-backend.js`. */
  readonly command: string
}

const harmless: readonly Status[] = ['passed', 'missing', 'refused', 'skipped']

export function isFailure({ status }: Pick<CheckResult, 'status'>): boolean {
  return !harmless.includes(status)
}

export function failuresOf(report: Pick<Report, 'checks'>): CheckResult[] {
  return report.checks.filter(isFailure)
}

/** Nothing failed, and the run itself was in order. What is missing, refused or skipped only lowers the score. */
export function succeeded(report: Report): boolean {
  return report.problems.length === 0 && failuresOf(report).length === 0
}

/** `conformance: naive: 312 of 312 passed (100 %), float32 float64, seed 231, 24 s` */
export function summaryLine(report: Report): string {
  const { backend, score, seed, ms } = report
  const counts = (['failed', 'error', 'crashed', 'hung', 'missing', 'refused', 'skipped'] as const)
    .map((status) => [status, report.checks.filter((check) => check.status === status).length] as const)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
  const parts = [
    `${score.passed} of ${score.specified} passed (${percent(score)})`,
    ...counts,
    backend.dtypes.join(' ') || 'no dtype',
    `seed ${seed}`,
    `${seconds(ms)} s`,
  ]
  return `conformance: ${backend.name}: ${parts.join(', ')}`
}

/** Rounded down: only a full score is 100 %. */
export function percent({ passed, specified }: Report['score']): string {
  return specified === 0 ? '–' : `${Math.floor((1000 * passed) / specified) / 10} %`
}

export function seconds(ms: number): string {
  return ms < 9950 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000))
}
