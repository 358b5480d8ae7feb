import type { Config } from '../config/config.js'
import type { Training } from '../config/recipe.js'

export const trainingDefaults = {
  dtype: 'float32',
  seed: 231,
  targets: 'labels',
  filters: 32,
  filterSize: 7,
  hidden: 100,
  weightScale: 1e-3,
  reg: 0,
  imageSize: 32,
  skipUnreadable: false,
  epochs: 1,
  batchSize: 50,
  optimizer: 'adam',
  learningRate: 1e-3,
  lrDecay: 1,
  gradientNorm: false,
  schedule: 'constant',
  decayEvery: 10,
  decayPatience: 10,
  decayFactor: 0.1,
  averageEvery: 1,
  accumulate: 1,
  trainSamples: 1000,
  lossEvery: 20,
  syncBatchNorm: false,
} satisfies Training

/** Of a whole training: a recipe's, say, over the defaults. */
export type TrainingSettings = Training &
  Pick<Config, 'model'> & { readonly [K in keyof typeof trainingDefaults]: NonNullable<Training[K]> }
