import { ConfigError, DataError } from '@convkit/api'
import {
  type AnyDataset,
  meanImage,
  type Picture,
  type PictureFolder,
  Random,
  stratifiedSplit,
  subtractMean,
} from '@convkit/data'
import { listImageFolder, loadCifar10, type OnProgress, readImages } from '@convkit/datasets'
import { foundCifar10 } from './cifar10Folder.js'
import type { Settings } from './config/load.js'

export interface TrainingData {
  readonly train: AnyDataset
  readonly validation: AnyDataset
  /** (C, H, W), of the training images, subtracted from all. */
  readonly mean: Float32Array
}

export interface LoadOptions {
  readonly onProgress?: OnProgress
  /** Gets a line for the user. */
  readonly onNote?: (line: string) => void
  readonly signal?: AbortSignal
  /** Bytes of memory for the images of a folder; default: half of what is free. What takes more is streamed. */
  readonly memory?: number
}

/** What `train` trains on, less the mean training image: CIFAR-10, or a folder of the user's own. */
export async function loadTrainingData(
  settings: Settings,
  { onNote = () => undefined, memory, ...options }: LoadOptions = {},
): Promise<TrainingData> {
  const { signal } = options
  if (settings.data !== undefined)
    return fromFolder(settings.data, settings, {
      onNote,
      ...(signal && { signal }),
      ...(memory === undefined ? {} : { memory }),
    })
  const { train, validation, dataDir } = settings
  return loadCifar10({
    dir: await foundCifar10(dataDir),
    test: 0,
    ...(train === undefined ? {} : { train }),
    ...(validation === undefined ? {} : { validation }),
    ...options,
  })
}

type FolderOptions = Omit<LoadOptions, 'onProgress'> & Required<Pick<LoadOptions, 'onNote'>>

async function fromFolder(folder: string, settings: Settings, options: FolderOptions): Promise<TrainingData> {
  const { onNote } = options
  const found = await listImageFolder(folder)
  const { classNames } = found
  for (const line of found.notes) onNote(line)
  if (classNames.length < 2)
    throw new DataError(
      `${folder}: wanted a folder for each of two classes or more, found ${classNames.join(', ')} alone`,
    )
  const { train, validation } = split(folder, found, settings)
  const { imageSize: size, skipUnreadable } = settings
  const reading = { ...options, dir: folder, classNames, size, crop: 'centre', skipUnreadable } as const
  const splits = { train: await readImages(train, reading), validation: await readImages(validation, reading) }
  const mean = meanImage(splits.train)
  return {
    train: subtractMean(splits.train, mean),
    validation: subtractMean(splits.validation, mean),
    mean: Float32Array.from(mean),
  }
}

interface Split {
  readonly train: readonly Picture[]
  readonly validation: readonly Picture[]
}

/** The folder's own split, or one that holds the same shares of every class; the same for every seed, to compare runs. */
function split(folder: string, { pictures, validation: own }: PictureFolder, settings: Settings): Split {
  const n = pictures.length
  const validation = settings.validation ?? own?.length ?? Math.min(Math.ceil(n / 10), n - 1)
  const train = settings.train ?? (own ? n : n - validation)
  const tooFew = (has: number, which: string) =>
    new ConfigError(
      `${folder} has ${has} ${which}images, too few for ${train} to train on and ${validation} to validate`,
    )
  const deal = (all: readonly Picture[], ...sizes: readonly number[]) =>
    stratifiedSplit(
      all.map(({ label }) => label),
      sizes,
      new Random(0),
    ).map((rows) => [...rows].flatMap((i) => all.slice(i, i + 1)))
  if (own) {
    if (train > n) throw tooFew(n, 'training ')
    if (validation > own.length) throw tooFew(own.length, 'validation ')
    const [[trained = []], [validated = []]] = [deal(pictures, train), deal(own, validation)]
    return { train: trained, validation: validated }
  }
  if (train < 1 || validation < 1 || train + validation > n) throw tooFew(n, '')
  const [trained = [], validated = []] = deal(pictures, train, validation)
  return { train: trained, validation: validated }
}
