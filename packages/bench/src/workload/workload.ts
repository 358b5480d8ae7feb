import type { Shape } from '@convkit/api'
import type { Group, TrainingFile } from './schema.js'

interface Common {
  readonly name: string
  readonly title: string
  readonly group: Group
  /** Whether a quick run has it. */
  readonly quick: boolean
  readonly peers: boolean
}

/** A call of a layer as data: attributes and shapes. */
export interface LayerWorkload extends Common {
  readonly kind: 'layer'
  readonly layer: string
  readonly attributes: { readonly [name: string]: unknown }
  readonly inputs: { readonly [name: string]: Shape }
  readonly passes: readonly Pass[]
  /** Of the upstream gradient; null where the layer has none or no backward pass is timed. */
  readonly dy: Shape | null
  /** Where it is one point of a curve. */
  readonly point: Point | null
}

export interface Point {
  /** The file's name and title: what all points have in common. */
  readonly curve: string
  readonly title: string
  /** What the length is that differs, and its value here. */
  readonly over: string
  readonly at: number
}

/** Steps of training a model. */
export interface TrainingWorkload
  extends Common,
    Pick<TrainingFile, 'batchSize' | 'model' | 'optimizer' | 'gate' | 'heldBatchSize'> {
  readonly kind: 'training'
  readonly passes: readonly Pass[]
  /** Images of an epoch; null where none is timed. */
  readonly epoch: number | null
}

export type Workload = LayerWorkload | TrainingWorkload

/** What is timed: a layer's passes, an optimizer's update; in training these apart, a whole step, and an epoch. */
export type Pass = 'forward' | 'backward' | 'update' | 'step' | 'epoch'
