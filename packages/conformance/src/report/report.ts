import type { Backend, DType, FloatDType } from '@convkit/api'
import type { Failure } from '../core/check.js'
import type { Coverage } from '../coverage.js'
import type { Reproduction } from '../replay/reproduction.js'
import type { Selection } from '../select.js'

/**
 * `incomplete`: nothing was wrong in the cases that ran, but they were too few. `missing`: no kernel. `refused`: the backend's own `unsupported` declined some case, or all. `failed`: a wrong answer.
 * `error`: the backend threw. `crashed`: its process ended. `hung`: no answer within the time limit. `skipped`: listed as
 * known to fail, and it does. `unclaimed`: about what the backend's `arithmetic` does not claim, and so not run.
 */
export type Status =
  | 'passed'
  | 'incomplete'
  | 'failed'
  | 'error'
  | 'crashed'
  | 'hung'
  | 'missing'
  | 'refused'
  | 'skipped'
  | 'unclaimed'

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
  /** Cases that should have; null where the check did not run, or has no number of its own. */
  readonly wanted: number | null
  /** Elements that were compared, and those among them without a finite bound: they were only held to be finite. */
  readonly elements: { readonly compared: number; readonly unbounded: number }
  /** Why the backend refused cases, if it did. */
  readonly refusals: readonly string[]
  readonly failure: Failure | null
  /** What came of running it again in a fresh process; null where it was not, or is what another failure comes from too. */
  readonly reproduction: Reproduction | null
  /** What a reader should know of the check all the same. */
  readonly notes: readonly string[]
  /** The reason that a skip list gives. */
  readonly skip: string | null
  /** What the backend says instead of claiming what the check is about. */
  readonly unclaimed: string | null
}

export interface BackendInfo {
  readonly name: string
  readonly description: string
  readonly arithmetic: Backend['arithmetic'] | null
  readonly conventions: Backend['conventions'] | null
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

/** Out of what a backend claims, which is never told without what it does not claim. */
export interface Score {
  readonly passed: number
  readonly claimed: number
  readonly unclaimed: number
}

/** A failure, and the others that seem to have the same cause. */
export interface Root {
  readonly id: string
  readonly others: readonly string[]
}

export interface Report {
  readonly backend: BackendInfo
  /** What was asked for; nothing is everything. */
  readonly selection: Selection
  readonly seed: number
  readonly runs: number
  readonly thorough: boolean
  readonly checks: readonly CheckResult[]
  readonly coverage: Coverage
  readonly score: Score
  /** Cases that ran, of those that should have. */
  readonly cases: { readonly ran: number; readonly wanted: number }
  /** Failures by what they seem to come from, the most telling first. */
  readonly roots: readonly Root[]
  /** What is wrong with the run itself, such as a skip of a check that does not exist. */
  readonly problems: readonly string[]
  readonly speed: readonly Speed[]
  /** ISO 8601. */
  readonly started: string
  readonly ms: number
  readonly environment: { readonly [name: string]: string }
  /** What a reproduction starts with: `npx convkit conformance ./my-backend.js`; null under vitest, which has no command. */
  readonly command: string | null
}

const harmless: readonly Status[] = ['passed', 'missing', 'refused', 'skipped', 'unclaimed']

export function scoreOf(checks: readonly Pick<CheckResult, 'status'>[]): Score {
  const count = (wanted: Status) => checks.filter(({ status }) => status === wanted).length
  const unclaimed = count('unclaimed')
  return { passed: count('passed'), claimed: checks.length - unclaimed, unclaimed }
}

export function isFailure({ status }: Pick<CheckResult, 'status'>): boolean {
  return !harmless.includes(status)
}

/** A failure that says the backend is wrong, and not that it had too little time. */
export function isWrong({ status }: Pick<CheckResult, 'status'>): boolean {
  return isFailure({ status }) && status !== 'incomplete'
}

/** Why a check was not passed though nothing failed: `refused: too wide`, `not claimed: it declares ...`. */
export function whyNotPassed({ status, skip, unclaimed, refusals }: CheckResult): string {
  if (unclaimed !== null) return `not claimed: ${unclaimed}`
  // What to do about it is for whoever makes such a call.
  const reasons = refusals.map((reason) => reason.replace(/; wrap it in withFallback\(backend, host\)$/, ''))
  return `${status}: ${skip ?? reasons.join('; ')}`
}

export function failuresOf(report: Pick<Report, 'checks'>): CheckResult[] {
  return report.checks.filter(isFailure)
}

/** Nothing failed, and the run itself was in order. What is missing, refused or skipped only lowers the score. */
export function succeeded(report: Report): boolean {
  return report.problems.length === 0 && failuresOf(report).length === 0
}

/** `350 of 350 claimed passed (100 %), 22 not claimed`, or `312 of 312 passed (100 %)` where everything is claimed. */
export function scoreText({ passed, claimed, unclaimed }: Score): string {
  const share = percent(passed, claimed)
  return unclaimed === 0
    ? `${passed} of ${claimed} passed (${share})`
    : `${passed} of ${claimed} claimed passed (${share}), ${unclaimed} not claimed`
}

/** Cases of all checks that have a number of their own. */
export function casesOf(checks: readonly Pick<CheckResult, 'cases' | 'wanted'>[]): Report['cases'] {
  const counted = checks.flatMap(({ cases, wanted }) => (wanted === null ? [] : [{ cases, wanted }]))
  return {
    ran: counted.reduce((sum, { cases }) => sum + cases, 0),
    wanted: counted.reduce((sum, { wanted }) => sum + wanted, 0),
  }
}

/** `conformance: naive: 312 of 312 passed (100 %), float32 float64, seed 231, 24 s` */
export function summaryLine(report: Report): string {
  const { backend, selection, score, seed, ms } = report
  const counts = (['failed', 'error', 'crashed', 'hung', 'incomplete', 'missing', 'refused', 'skipped'] as const)
    .map((status) => [status, report.checks.filter((check) => check.status === status).length] as const)
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${status}`)
  const parts = [
    scoreText(score),
    ...counts,
    backend.dtypes.filter((dtype) => (selection.dtype ?? dtype) === dtype).join(' ') || 'no kernels',
    `seed ${seed}`,
    `${seconds(ms)} s`,
  ]
  return `conformance: ${backend.name}: ${parts.join(', ')}`
}

/** Where `kernels` name no dtype. */
export const withoutKernels = 'its kernels name no number type, so only its storage was held to the suite'

/** Rounded down: only a full score is 100 %. */
export function percent(part: number, of: number): string {
  return of === 0 ? '–' : `${Math.floor((1000 * part) / of) / 10} %`
}

export function seconds(ms: number): string {
  return ms < 9950 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000))
}
