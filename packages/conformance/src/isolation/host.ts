import type { FloatDType } from '@convkit/api'
import type { Executed } from '../execute.js'
import type { StepProgress } from '../replay/run.js'
import type { Step } from '../replay/steps.js'
import type { BackendInfo, Speed } from '../report/report.js'
import type { Settings } from '../settings.js'
import type { Trial } from '../trial.js'

/** What is asked of whoever has opened a backend. */
export type Request =
  | {
      readonly type: 'check'
      /** Run in a row; the last one's result is the reply. */
      readonly steps: readonly Step[]
      readonly settings: Settings
      /** Milliseconds between two beats at least; 0 tells of every case. */
      readonly beat: number
    }
  | { readonly type: 'speed'; readonly layer: string; readonly dtype: FloatDType; readonly seed: number }
  | { readonly type: 'trial'; readonly seed: number; readonly runs: number }
  | { readonly type: 'close' }

export type Reply =
  | { readonly type: 'opened'; readonly backend: BackendInfo }
  | { readonly type: 'executed'; readonly executed: Executed }
  | { readonly type: 'speed'; readonly rows: readonly Speed[] }
  | { readonly type: 'tried'; readonly result: Trial }
  | { readonly type: 'done'; readonly result: unknown }
  | { readonly type: 'closed' }
  | Trouble

/** A sign of life on the way to a reply: the case that begins now. */
export interface Beat {
  readonly type: 'beat'
  readonly progress: StepProgress
}

/** The request could not be carried out; never a failed check. */
export interface Trouble {
  readonly type: 'trouble'
  readonly message: string
  readonly usage: boolean
}

export type Answer<R> =
  | { readonly type: 'reply'; readonly reply: R }
  /** How the host ended, and the last it said. */
  | { readonly type: 'ended'; readonly how: string; readonly said: string }
  | { readonly type: 'late' }

/** A process or a page's worker that answers one request at a time, until it ends or is too late, when it is killed. */
export interface Host<Q, R> {
  readonly alive: boolean
  /** `limit`: milliseconds without a reply or a beat. */
  ask(request: Q, limit: number, onBeat?: (beat: Beat) => void): Promise<Answer<R>>
  kill(): void
}
