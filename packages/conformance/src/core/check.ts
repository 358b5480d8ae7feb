import type { Backend, DType } from '@convkit/api'
import type { Case } from './case.js'
import type { Claim } from './claims.js'
import type { Tally } from './tally.js'
import type { Evidence } from './violation.js'

/** One promise a backend is held to. */
export interface Check {
  /** Exact and stable: `conv2d/adjoint/float32`. */
  readonly id: string
  /** The row in the table: a layer, an update, a sandwich, `backend` or `training`. */
  readonly layer: string
  /** The column: the law. */
  readonly law: string
  readonly dtype: DType
  /** One sentence for a reader of a report. */
  readonly says: string
  /** What the backend's `arithmetic` has to claim for the check to mean something; without it nothing runs. */
  readonly needs?: Claim
  run(context: CheckContext): Promise<CheckOutcome>
}

/** Random cases a check. */
export const defaultRuns = 40

/** How much of its usual length a law of one long case has, where fewer cases are wanted: at most 1. */
export function shareOfDefault({ runs }: Pick<CheckContext, 'runs'>): number {
  return Math.min(1, runs / defaultRuns)
}

export interface CheckContext {
  readonly backend: Backend
  /** Makes another of the same, for what cannot be undone; the check closes it. Absent where there is only this one. */
  readonly create?: () => Backend | Promise<Backend>
  /** What expected values come from: the plain loops. */
  readonly oracle: Backend
  readonly seed: number
  /** Cases a check. */
  readonly runs: number
  /** No case starts after this moment (ms since the epoch): a slow backend gets fewer cases, not a time-out. */
  readonly until?: number
  /** Only these cases, without a search: fast-check's path to one, as a failure names it, or several; see `casesIn`. */
  readonly path?: string
  /** False where it is enough to know that a check fails; default true: a failure is shrunk to its smallest case. */
  readonly shrink?: boolean
  /** Counts the elements that are compared. */
  readonly tally?: Tally
  /** Told before every case: a sign of life. */
  onStart?(progress: Progress): void
  /** Told of every case that ran, for the coverage table. */
  onCase?(c: Case): void
  /** Told what each case is; none is run. */
  onDraw?(drawn: Drawn): void
}

/** Which case a check is at. */
export interface Progress {
  /** From 0, in the order in which they run. */
  readonly case: number
  readonly of: number
  /** Whether one has failed, and a smaller one is sought. */
  readonly shrinking: boolean
}

export interface Drawn {
  /** Null where the check is not about a case. */
  readonly case: Case | null
  /** What else it is, as source. */
  readonly text: string
}

export interface CheckOutcome {
  /** Cases that really ran. */
  readonly cases: number
  /** Cases that should have; absent where a check has no number of its own. */
  readonly wanted?: number
  /** Whether time ran out before. */
  readonly late?: boolean
  /** Reasons of the cases that the backend refused, if any. */
  readonly refusals: readonly string[]
  /** Whether any of them is for want of a kernel. */
  readonly missing?: boolean
  readonly failure: Failure | null
  /** What a reader should know of a check that passed: what was measured. */
  readonly notes?: readonly string[]
}

export interface Failure {
  readonly message: string
  readonly evidence: Evidence | null
  /** The stack where the backend itself threw; null where it answered, but wrongly. */
  readonly thrown: string | null
  /** The smallest case that fails. */
  readonly counterexample: Case | null
  /** The smallest failing value where the check is not about a case, printed as source. */
  readonly value: string | null
  readonly seed: number
  readonly path: string | null
  readonly shrinks: number
}
