import type { Backend } from '@convkit/api'
import type { AnyDataset } from '@convkit/data'
import { type Model, type SolverOptions, ThreeLayerConvNet } from '@convkit/nn'
import { monitorOf } from './monitor.js'
import { learningRateOf } from './schedule.js'
import type { TrainingSettings } from './settings.js'
import { augmentOf } from './spelled.js'

/** The model that the settings say, for these images. */
export async function createModel(backend: Backend, settings: TrainingSettings, train: AnyDataset): Promise<Model> {
  const { dtype, seed, filters, filterSize, hidden, weightScale, reg } = settings
  const [, channels, height, width] = train.shape
  const classes = train.classNames.length
  if (settings.model)
    return settings.model(backend, { dtype, seed }, { input: [channels, height, width], classes, train })
  return new ThreeLayerConvNet(backend, {
    inputDim: [channels, height, width],
    numFilters: filters,
    filterSize,
    hiddenDim: hidden,
    numClasses: classes,
    weightScale,
    reg,
    dtype,
    seed,
  })
}

/** What the settings say of training on these images; the batch size follows from their number as well. */
export function solverOptions(settings: TrainingSettings, { shape: [, , height] }: AnyDataset): SolverOptions {
  const { epochs, optimizer, groups, lrDecay, clipNorm, gradientNorm, accumulate, seed } = settings
  const { averageDecay, averageEvery } = settings
  const { patience, trainSamples, validationSamples, lossEvery, augment } = settings
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
    monitor: monitorOf(settings),
    patience: patience ?? null,
    trainSamples,
    validationSamples: validationSamples ?? null,
    lossEvery,
    augment: augmentOf(augment, height, seed),
  }
}
