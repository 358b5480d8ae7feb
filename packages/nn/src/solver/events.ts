import type { Communication } from '../distributed/metered.js'

/** The loss of one step, of the batch before the update. Iterations count from 1. */
export interface LossRecord {
  readonly iteration: number
  readonly loss: number
}

/** A step as it is told once, when its loss is read. */
export interface StepRecord extends LossRecord {
  readonly learningRate: number
  /** The Euclidean norm of all gradients before clipping; with `gradientNorm` or `clipNorm`. */
  readonly gradientNorm?: number
}

/** Measured after `iteration`, when `epoch` epochs were complete. Accuracies are in [0, 1], and null where there are no classes. Without a validation set, what is of it is null. */
export interface EpochRecord {
  readonly epoch: number
  readonly iteration: number
  readonly trainAccuracy: number | null
  readonly validationAccuracy: number | null
  /** The mean over the validation rows, by the loss's weights, without the penalty, in test mode; null where it is not finite. */
  readonly validationLoss: number | null
  /** The mean of each of the option `metrics`; null where it is not finite. */
  readonly metrics: { readonly [name: string]: number | null }
}

export interface History {
  readonly losses: readonly LossRecord[]
  readonly epochs: readonly EpochRecord[]
}

interface Progress {
  /** Steps taken. */
  readonly iteration: number
  /** Steps of the whole run. */
  readonly iterations: number
  /** Epochs completed. */
  readonly epoch: number
  readonly epochs: number
}

/** The losses read since the last event of this kind, in order. */
export interface LossEvent extends Progress {
  readonly type: 'loss'
  readonly losses: readonly StepRecord[]
  readonly imagesPerSecond: number
}

export interface EpochEvent extends Progress, EpochRecord {
  readonly type: 'epoch'
  /** Whether it is better than every earlier check, by the option `monitor`. */
  readonly best: boolean
}

/** `checkpointEvery` steps were taken: the moment to save the solver. */
export interface CheckpointEvent extends Progress {
  readonly type: 'checkpoint'
}

export interface DoneEvent extends Progress {
  readonly type: 'done'
  /** True when the signal stopped the run before its end. */
  readonly aborted: boolean
  /** True when the run ended before its last iteration, for `patience` epochs had no better check. */
  readonly early: boolean
  readonly history: History
  /** What this call of `train` communicated on this rank; absent with one process. */
  readonly communication?: Communication
  /** The best check; null before the first. With `keepBest` the model is as it was then. */
  readonly best: EpochRecord | null
}

export type SolverEvent = LossEvent | EpochEvent | CheckpointEvent | DoneEvent
