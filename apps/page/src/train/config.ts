import type { UpdateName } from '@convkit/api'
import type { BackendId } from '../backends.js'

export interface ThreeLayerConvNetConfig {
  readonly kind: 'threeLayerConvNet'
  readonly filters: number
  readonly filterSize: number
  readonly hidden: number
  readonly weightScale: number
}

export interface SequentialConfig {
  readonly kind: 'sequential'
  /** A call of a layer's factory a line, as in code. */
  readonly layers: string
}

/** All that a run depends on but its data. */
export interface TrainConfig {
  readonly backend: BackendId
  readonly network: ThreeLayerConvNetConfig | SequentialConfig
  readonly optimizer: UpdateName
  readonly learningRate: number
  readonly reg: number
  readonly batchSize: number
  readonly epochs: number
  readonly augment: boolean
  readonly seed: number
}

export const threeLayerConvNet: ThreeLayerConvNetConfig = {
  kind: 'threeLayerConvNet',
  filters: 32,
  filterSize: 7,
  hidden: 100,
  weightScale: 2e-3,
}

export const sequential: SequentialConfig = {
  kind: 'sequential',
  layers: `standardise()
convBnReluPool({ filters: 16, kernel: 5, pad: 'same' })
convBnReluPool({ filters: 24, kernel: 3, pad: 'same' })
affine({ units: classes, weightScale: 1e-3 })`,
}

export const firstConfig: TrainConfig = {
  backend: 'wasm',
  network: threeLayerConvNet,
  optimizer: 'adam',
  learningRate: 5e-4,
  reg: 1e-3,
  batchSize: 50,
  epochs: 12,
  augment: true,
  seed: 1,
}
