import type { UpdateName } from '@convkit/api'
import type { RecipeName } from 'convkit/training'
import type { BackendId } from '../backends.js'

/** How a network of the visitor's own is trained. */
export interface OwnTraining {
  readonly optimizer: UpdateName
  readonly learningRate: number
  readonly reg: number
  readonly augment: boolean
}

export interface ThreeLayerConvNetConfig extends OwnTraining {
  readonly kind: 'threeLayerConvNet'
  readonly filters: number
  readonly filterSize: number
  readonly hidden: number
  readonly weightScale: number
}

export interface SequentialConfig extends OwnTraining {
  readonly kind: 'sequential'
  /** A call of a layer's factory a line, as in code. */
  readonly layers: string
}

/** One that comes along: its file says all else. */
export interface NamedRecipe {
  readonly kind: 'named'
  readonly name: RecipeName
}

/** How long a run is. */
export interface Length {
  readonly batchSize: number
  readonly epochs: number
}

/** All that a run depends on but its data. */
export interface TrainConfig extends Length {
  readonly backend: BackendId
  readonly recipe: ThreeLayerConvNetConfig | SequentialConfig | NamedRecipe
  readonly seed: number
}

const ownTraining: OwnTraining = { optimizer: 'adam', learningRate: 5e-4, reg: 1e-3, augment: true }

export const threeLayerConvNet: ThreeLayerConvNetConfig = {
  kind: 'threeLayerConvNet',
  filters: 32,
  filterSize: 7,
  hidden: 100,
  weightScale: 2e-3,
  ...ownTraining,
}

export const sequential: SequentialConfig = {
  kind: 'sequential',
  layers: `standardise()
convBnReluPool({ filters: 16, kernel: 5, pad: 'same' })
convBnReluPool({ filters: 24, kernel: 3, pad: 'same' })
affine({ units: classes, weightScale: 1e-3 })`,
  ...ownTraining,
}

export const ownLength: Length = { batchSize: 50, epochs: 12 }

export const firstConfig: TrainConfig = { backend: 'wasm', recipe: threeLayerConvNet, seed: 1, ...ownLength }

/** An epoch of few images is few steps, and so few teach nothing. */
const fewestSteps = 500

export function stepsOf({ batchSize, epochs }: Length, images: number): number {
  return epochs * Math.max(1, Math.floor(images / batchSize))
}

/** That length, or what a smaller set needs. */
export function lengthFor({ epochs, ...length }: Length, images: number): Length {
  const batchSize = Math.min(length.batchSize, images)
  const needed = Math.ceil(fewestSteps / stepsOf({ batchSize, epochs: 1 }, images))
  return { batchSize, epochs: Math.max(epochs, needed) }
}
