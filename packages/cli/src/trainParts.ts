import type { Backend } from '@convkit/api'
import { type Model, type SolverOptions, ThreeLayerConvNet } from '@convkit/nn'
import type { Settings } from './config/load.js'
import { learningRateOf } from './schedule.js'
import { augmentOf } from './spelled.js'
import type { TrainingData } from './trainingData.js'

/** The model that the settings say, for these images. */
export async function createModel(backend: Backend, settings: Settings, { train }: TrainingData): Promise<Model> {
  const { dtype, seed, filters, filterSize, hidden, weightScale, reg } = settings
  const [, channels, height, width] = train.shape
  if (settings.model)
    return settings.model(
      backend,
      { dtype, seed },
      { input: [channels, height, width], classes: train.classNames.length, train },
    )
  return new ThreeLayerConvNet(backend, {
    inputDim: [channels, height, width],
    numFilters: filters,
    filterSize,
    hiddenDim: hidden,
    numClasses: train.classNames.length,
    weightScale,
    reg,
    dtype,
    seed,
  })
}

/** What the settings say of training; the batch size follows from the data as well. */
export function solverOptions(settings: Settings, { train }: TrainingData): SolverOptions {
  const { epochs, optimizer, groups, lrDecay, clipNorm, gradientNorm, accumulate, seed } = settings
  const { averageDecay, averageEvery } = settings
  const { monitor, patience, trainSamples, validationSamples, lossEvery, augment } = settings
  const [, , height] = train.shape
  return {
    epochs,
    optimizer: {
      name: optimizer,
      learningRate: learningRateOf(settings),
      ...settings.hyperparameters,
      ...(groups && { groups }),
    },
    lrDecay,
    seed,
    averageWeights: averageDecay === undefined ? null : { decay: averageDecay, every: averageEvery },
    clipNorm: clipNorm ?? null,
    gradientNorm,
    accumulate,
    monitor,
    patience: patience ?? null,
    trainSamples,
    validationSamples: validationSamples ?? null,
    lossEvery,
    augment: augmentOf(augment, height, seed),
  }
}
