import { ConfigError } from '@convkit/api'
import { type Dataset, gather, Random } from '@convkit/data'
import { loadCifar10, type OnProgress, readImageFolder } from '@convkit/data/node'
import { cifar10Folder } from './cifar10Folder.js'
import type { Settings } from './config/load.js'

export interface TrainingData {
  readonly train: Dataset
  readonly validation: Dataset
  /** (C, H, W), of the training images, subtracted from all. */
  readonly mean: Float32Array
}

export interface LoadOptions {
  readonly onProgress?: OnProgress
  readonly signal?: AbortSignal
}

/** What `train` trains on, less the mean training image: CIFAR-10, or a folder of the user's own. */
export async function loadTrainingData(settings: Settings, options: LoadOptions = {}): Promise<TrainingData> {
  if (settings.data !== undefined) return fromFolder(settings.data, settings)
  const { train, validation, dataDir } = settings
  return loadCifar10({
    dir: cifar10Folder(dataDir),
    test: 0,
    ...(train === undefined ? {} : { train }),
    ...(validation === undefined ? {} : { validation }),
    ...options,
  })
}

async function fromFolder(folder: string, settings: Settings): Promise<TrainingData> {
  const all = await readImageFolder(folder, { size: settings.imageSize, crop: 'centre' })
  const [n] = all.shape
  const validation = settings.validation ?? Math.min(Math.ceil(n / 10), n - 1)
  const train = settings.train ?? n - validation
  if (train < 1 || validation < 1 || train + validation > n)
    throw new ConfigError(`${folder} has ${n} images, too few for ${train} to train on and ${validation} to validate`)
  // The same split for every seed, so that runs can be compared.
  const order = new Random(0).permutation(n)
  const split = (from: number, to: number) => ({ ...gather(all, order.subarray(from, to)), classNames: all.classNames })
  const splits = { train: split(0, train), validation: split(train, train + validation) }
  const mean = meanImage(splits.train)
  for (const { images } of Object.values(splits))
    for (let i = 0; i < images.length; i++) images[i] = (images[i] ?? 0) - (mean[i % mean.length] ?? 0)
  return { ...splits, mean: Float32Array.from(mean) }
}

/** mean[i] = 1/N sum_n images[n,i] */
function meanImage({ images, labels }: Dataset): Float64Array {
  const mean = new Float64Array(images.length / labels.length)
  for (const [i, value] of images.entries())
    mean[i % mean.length] = (mean[i % mean.length] ?? 0) + value / labels.length
  return mean
}
