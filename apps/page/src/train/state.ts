import type { EpochRecord, LossRecord } from '@convkit/nn'
import type { DataInfo } from '../data/dataInfo.js'
import type { Evaluation, Mode, Progress, RunInfo, TrainEvent } from './events.js'
import type { Passage } from './inspect.js'
import type { Grid } from './pictures.js'

/** What the view knows of the run, gathered from events. */
export interface TrainState {
  /** What the next run is on; null before it is known. */
  readonly data: DataInfo | null
  readonly loading: { readonly what: string; readonly done: number; readonly of: number } | null
  readonly run: RunInfo | null
  readonly mode: Mode | 'idle' | 'starting'
  readonly message: string | null
  /** What the curves do not show. */
  readonly warnings: readonly string[]
  readonly progress: Progress | null
  readonly losses: readonly LossRecord[]
  readonly epochs: readonly EpochRecord[]
  /** Validation accuracies between epochs as well. */
  readonly looks: readonly Evaluation[]
  readonly filters: Grid | null
  readonly passage: Passage | null
  readonly saved: number | null
  readonly tested: { readonly accuracy: number; readonly images: number } | null
}

export const idle: TrainState = {
  data: null,
  loading: null,
  run: null,
  mode: 'idle',
  message: null,
  warnings: [],
  progress: null,
  losses: [],
  epochs: [],
  looks: [],
  filters: null,
  passage: null,
  saved: null,
  tested: null,
}

export type Action = TrainEvent | { readonly type: 'starting' } | { readonly type: 'failed'; readonly message: string }

export function reduce(state: TrainState, action: Action): TrainState {
  switch (action.type) {
    case 'starting':
      return { ...idle, data: state.data, mode: 'starting' }
    case 'failed':
      return { ...state, loading: null, mode: state.run ? state.mode : 'idle', message: action.message }
    case 'data':
      return { ...state, data: action.data, message: null }
    case 'loading':
      return { ...state, message: null, loading: action.done < action.of ? action : null }
    case 'ready': {
      const { losses, epochs } = action.run
      return { ...idle, data: state.data, mode: 'starting', run: action.run, losses, epochs }
    }
    case 'mode':
      return { ...state, mode: action.mode, message: action.message ?? null }
    case 'warning':
      return { ...state, warnings: [...state.warnings, action.warning] }
    case 'progress':
      return { ...state, progress: action.progress, losses: [...state.losses, ...action.losses] }
    case 'epoch':
      return { ...state, epochs: [...state.epochs, action.record] }
    case 'filters':
      return { ...state, filters: action.grid }
    case 'passage':
      return { ...state, passage: action.passage }
    case 'evaluation':
      return { ...state, looks: [...state.looks, action.evaluation] }
    case 'saved':
      return { ...state, saved: action.iteration }
    case 'tested':
      return { ...state, tested: action }
  }
}
