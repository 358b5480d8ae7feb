import type { Chance, EpochRecord, LossRecord } from '@convkit/nn'
import type { DataInfo } from '../data/dataInfo.js'
import type { Frame } from '../data/pixels.js'
import type { TrainConfig } from './config.js'
import type { Passage, Prediction } from './inspect.js'
import type { NetworkTable } from './network.js'
import type { Grid } from './pictures.js'

/** What the page is told of a run. */
export type TrainEvent =
  | { readonly type: 'data'; readonly data: DataInfo }
  | { readonly type: 'loading'; readonly what: string; readonly done: number; readonly of: number }
  | { readonly type: 'ready'; readonly run: RunInfo }
  | { readonly type: 'warning'; readonly warning: string }
  | { readonly type: 'mode'; readonly mode: Mode; readonly message?: string }
  | { readonly type: 'progress'; readonly progress: Progress; readonly losses: readonly LossRecord[] }
  | { readonly type: 'epoch'; readonly record: EpochRecord }
  | { readonly type: 'filters'; readonly grid: Grid | null }
  | { readonly type: 'passage'; readonly passage: Passage }
  | { readonly type: 'evaluation'; readonly evaluation: Evaluation }
  | { readonly type: 'saved'; readonly iteration: number }
  | { readonly type: 'tested'; readonly accuracy: number; readonly images: number }

export type Mode = 'playing' | 'paused' | 'done' | 'failed'

export interface RunInfo {
  readonly config: TrainConfig
  readonly backend: string
  readonly data: string
  readonly counts: { readonly train: number; readonly validation: number; readonly test: number }
  readonly classNames: readonly string[]
  readonly table: NetworkTable
  /** The loss of equal scores; null where it is not known. */
  readonly chance: Chance | null
  readonly iterations: number
  /** Of the test images that are shown. */
  readonly pictures: readonly Frame[]
  /** Of the run so far, where it goes on from a checkpoint. */
  readonly losses: readonly LossRecord[]
  readonly epochs: readonly EpochRecord[]
}

export interface Progress {
  readonly iteration: number
  readonly iterations: number
  readonly epoch: number
  readonly epochs: number
  /** Of the last seconds, looking and saving included; null before there is a rate. */
  readonly stepsPerSecond: number | null
}

export interface Evaluation {
  readonly iteration: number
  /** Of the first `images` of the validation images: all of them where the backend is fast. */
  readonly accuracy: number
  readonly images: number
  /** [row: the class it is][column: the class it was taken for], of the same images. */
  readonly confusion: readonly (readonly number[])[]
  /** Of the test images that are shown. */
  readonly shown: readonly Prediction[]
}
