import type { Backend, FloatDType } from '@convkit/api'
import type { Splits } from '@convkit/datasets'
import type { OnWarning } from '@convkit/nn'
import type { Results } from './figure.js'
import type { Photograph } from './images.js'

/** `quick` trims the long sections, `full` runs the epoch of training even where it takes very long. */
export type Length = 'quick' | 'usual' | 'full'

/** The first layer's filters (F, C, H, W) of the model trained last, and a word for where they come from. */
export interface Filters {
  readonly from: string
  readonly values: ArrayLike<number>
  /** What training started from. */
  readonly initial: ArrayLike<number>
  readonly shape: readonly number[]
}

/** What one section leaves for a later one. */
export interface HandedOn {
  filters: Filters | null
}

/** What all sections share. */
export interface Notebook {
  /** Runs everything. */
  readonly backend: Backend
  /** What the chosen backend is compared with. */
  readonly baseline: Backend
  /** For the sections that train; gradients are always checked in float64. */
  readonly dtype: FloatDType
  readonly seed: number
  readonly length: Length
  readonly images: readonly Photograph[]
  readonly data: Splits
  /** Called by long sections: how many of how many iterations are done. */
  readonly onProgress: (done: number, total: number) => void
  /** Gets what a training's results do not show. */
  readonly onWarning: OnWarning
  readonly handedOn: HandedOn
}

export interface Section {
  /** Also the page's anchor. */
  readonly id: string
  readonly title: string
  /** Paragraphs: what is computed and why. */
  readonly text: readonly string[]
  /** The essential call, in TypeScript. */
  readonly code: string
  run(notebook: Notebook): Promise<Results>
}

/** A section that was run. */
export interface Ran extends Omit<Section, 'run'>, Results {
  readonly seconds: number
  /** Why it could not finish. */
  readonly error?: string
}
