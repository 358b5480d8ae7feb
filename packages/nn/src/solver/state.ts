import type { RandomState } from '@convkit/data'
import type { EpochRecord } from './events.js'
import type { Fingerprint } from './fingerprint.js'
import type { HostTensors } from './tensors.js'
import type { TrainingState } from './training.js'

/** A solver between two steps, on the host: what the NaN alarm replays from, and what a checkpoint file holds. */
export interface SolverState {
  readonly fingerprint: Fingerprint
  readonly training: TrainingState
  /** The generator of the rows that accuracies are measured on. */
  readonly sample: RandomState
  /** One a step. */
  readonly losses: readonly number[]
  readonly epochs: readonly EpochRecord[]
  readonly best: Best | null
}

/** The best check, and with `keepBest` the model as it was then. */
export interface Best {
  readonly record: EpochRecord
  readonly model: HostTensors | null
}

/** What a run leaves in its model: the best there is, or else the average, or else the last step's. */
export function modelOf({ best, training }: Pick<SolverState, 'best' | 'training'>): HostTensors {
  const { iteration, average, model } = training
  return best?.model ?? (average.size > 0 && iteration > 0 ? average : model)
}
