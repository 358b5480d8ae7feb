import { DataError } from '@convkit/api'
import { type AnyDataset, meanImage, subtractMean, type ValueSetInput } from '@convkit/data'
import { listImageFolder, loadCifar10, type OnProgress, readImages } from '@convkit/datasets'
import { foundCifar10 } from './cifar10Folder.js'
import type { Settings } from './config/load.js'
import { splitPictures } from './splitPictures.js'

export interface TrainingData {
  readonly train: AnyDataset
  /** Null where all images train. */
  readonly validation: AnyDataset | null
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
  const splits = await loadCifar10({
    dir: await foundCifar10(dataDir),
    test: 0,
    ...(train === undefined ? {} : { train }),
    ...(validation === undefined ? {} : { validation }),
    ...options,
  })
  return { ...splits, validation: splits.validation.labels.length > 0 ? splits.validation : null }
}

/** A set as the settings say that the model is held against it. */
export function targetedSet({ targets }: Settings, set: AnyDataset): AnyDataset | ValueSetInput {
  return targets === 'images' ? itself(set) : set
}

/** Each image is its own target. */
export function itself({ images, shape }: AnyDataset): ValueSetInput {
  return { images, targets: 'images', shape }
}

type FolderOptions = Omit<LoadOptions, 'onProgress'> & Required<Pick<LoadOptions, 'onNote'>>

async function fromFolder(folder: string, settings: Settings, options: FolderOptions): Promise<TrainingData> {
  const { onNote } = options
  const found = await listImageFolder(folder)
  const { classNames } = found
  for (const line of found.notes) onNote(line)
  if (classNames.length < 2 && settings.targets === 'labels')
    throw new DataError(
      `${folder}: wanted a folder for each of two classes or more, found ${classNames.join(', ')} alone`,
    )
  const { train, validation } = splitPictures(folder, found, settings)
  const { imageSize: size, skipUnreadable } = settings
  const reading = { ...options, dir: folder, classNames, size, crop: 'centre', skipUnreadable } as const
  const [toTrain, toValidate] = [
    await readImages(train, reading),
    validation.length > 0 ? await readImages(validation, reading) : null,
  ]
  const mean = meanImage(toTrain)
  return {
    train: subtractMean(toTrain, mean),
    validation: toValidate && subtractMean(toValidate, mean),
    mean: Float32Array.from(mean),
  }
}
