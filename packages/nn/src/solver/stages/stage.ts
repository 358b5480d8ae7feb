import type { FloatTensor } from '@convkit/api'
import type { Answers, Batch, Random } from '@convkit/data'
import type { RunProgress } from '../../schedule.js'
import type { EpochRecord } from '../events.js'

/** What a step leaves on the device to be read, each of shape (1) and overwritten. */
export interface Place {
  /** The batch's loss. */
  readonly loss: FloatTensor
  /** The squared norm of all gradients before clipping; null where nobody wants it. */
  readonly squares: FloatTensor | null
}

/** Sees each value of a step in the order of computation; a watched step waits for every one. */
export type Watch = (source: string, tensor: FloatTensor) => Promise<void>

export interface StepOptions {
  /** Those of the run. */
  readonly checks: readonly EpochRecord[]
  readonly watch?: Watch
  /** Asks all replicas to stop after this step. */
  readonly stop?: boolean
}

/** One step on its way through its stages. */
export interface Step extends Place, Omit<StepOptions, 'checks'> {
  /** Before it. */
  readonly progress: RunProgress
  readonly batch: Batch<Answers>
  /** Of augmentation and dropout. */
  readonly noise: Random
}

/** Does its part of a step. False ends it there, and nothing is updated. */
export type Stage = (step: Step) => Promise<boolean>
