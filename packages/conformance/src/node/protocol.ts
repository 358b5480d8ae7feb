import type { FloatDType } from '@convkit/api'
import type { Settings } from '../conformance.js'
import type { Executed } from '../execute.js'
import type { MutantResult } from '../mutants/run.js'
import type { BackendInfo, Speed } from '../report/report.js'
import type { Trial } from '../trial.js'

/** Where a process of its own finds the backend: a module that exports `createBackend(options)`, `backend` or a default. */
export interface BackendSource {
  /** An absolute path or a file URL; TypeScript too. */
  readonly module: string
  /** What `createBackend` is called with; must survive structured cloning. */
  readonly options?: unknown
}

export type Request =
  | { readonly type: 'open'; readonly source: BackendSource; readonly fixtures: string | null }
  | { readonly type: 'check'; readonly id: string; readonly settings: Settings; readonly path: string | null }
  | { readonly type: 'speed'; readonly layer: string; readonly dtype: FloatDType; readonly seed: number }
  | {
      readonly type: 'mutant'
      readonly mutant: string
      readonly seed: number
      readonly runs: number
      readonly firstOnly: boolean
    }
  | { readonly type: 'trial'; readonly seed: number }
  | { readonly type: 'close' }

export type Reply =
  | { readonly type: 'opened'; readonly backend: BackendInfo }
  | { readonly type: 'executed'; readonly executed: Executed }
  | { readonly type: 'speed'; readonly rows: readonly Speed[] }
  | { readonly type: 'met'; readonly result: MutantResult }
  | { readonly type: 'tried'; readonly result: Trial }
  | { readonly type: 'closed' }
  /** The request could not be carried out; never a failed check. */
  | { readonly type: 'trouble'; readonly message: string; readonly usage: boolean }
