import type { FloatTensor } from '@convkit/api'
import type { Batch, Random } from '@convkit/data'
import type { RunProgress } from '../../schedule.js'
import type { EpochRecord } from '../events.js'

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
export interface Step extends Omit<StepOptions, 'checks'> {
  /** Before it. */
  readonly progress: RunProgress
  readonly batch: Batch
  /** Of augmentation and dropout. */
  readonly noise: Random
  /** (1), overwritten with the batch's loss. */
  readonly loss: FloatTensor
}

/** Does its part of a step. False ends it there, and nothing is updated. */
export type Stage = (step: Step) => Promise<boolean>
