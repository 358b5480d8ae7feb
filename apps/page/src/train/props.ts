import type { TrainConfig } from './config.js'
import type { TrainerHandle } from './useTrainer.js'

/** Of whatever sets the next run. */
export interface TrainProps {
  readonly config: TrainConfig
  readonly onConfig: (config: TrainConfig) => void
  readonly trainer: TrainerHandle
}
