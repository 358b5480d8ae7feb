import type { LayerSpec, SequentialOptions } from '@convkit/nn'
import type { Config, NetworkPurpose } from './config.js'

/** All of the configuration that says what is trained and how, but not where or with which files. */
export type Training = Omit<
  Config,
  | ('recipe' | 'model' | 'backend' | 'provider' | 'strict' | 'dataDir' | 'distributed')
  | ('checkpoint' | 'checkpointEvery' | 'out' | 'log' | 'report')
>

/** A training in one file, for `convkit train --recipe`. Flags beside it win. */
export interface Recipe extends Training {
  /** One line: what it is, from which paper, and what it reaches. */
  readonly description: string
  /** Of a `Sequential`; default: a ThreeLayerConvNet. */
  readonly layers?: (purpose: NetworkPurpose) => readonly LayerSpec[]
  /** Of the layers; default softmaxCrossEntropy. One of values wants `targets: 'images'`. */
  readonly loss?: SequentialOptions['loss']
}

/** Types a recipe for the editor; returns it as it is. */
export function defineRecipe(recipe: Recipe): Recipe {
  return recipe
}
