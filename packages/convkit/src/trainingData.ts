import { ConfigError, DataError } from '@convkit/api'
import { type Dataset, type Picture, type PictureFolder, Random, stratifiedSplit } from '@convkit/data'
import { listImageFolder, loadCifar10, type OnProgress, readImages } from '@convkit/data/node'
import { foundCifar10 } from './cifar10Folder.js'
import type { Settings } from './config/load.js'

export interface TrainingData {
  readonly train: Dataset
  readonly validation: Dataset
  /** (C, H, W), of the training images, subtracted from all. */
  readonly mean: Float32Array
}

export interface LoadOptions {
  readonly onProgress?: OnProgress
  /** Gets a line for the user. */
  readonly onNote?: (line: string) => void
  readonly signal?: AbortSignal
}

/** What `train` trains on, less the mean training image: CIFAR-10, or a folder of the user's own. */
export async function loadTrainingData(
  settings: Settings,
  { onNote = () => undefined, ...options }: LoadOptions = {},
): Promise<TrainingData> {
  if (settings.data !== undefined) return fromFolder(settings.data, settings, onNote)
  const { train, validation, dataDir } = settings
  return loadCifar10({
    dir: await foundCifar10(dataDir),
    test: 0,
    ...(train === undefined ? {} : { train }),
    ...(validation === undefined ? {} : { validation }),
    ...options,
  })
}

async function fromFolder(folder: string, settings: Settings, onNote: (line: string) => void): Promise<TrainingData> {
  const found = await listImageFolder(folder)
  const { classNames } = found
  for (const line of found.notes) onNote(line)
  if (classNames.length < 2)
    throw new DataError(
      `${folder}: wanted a folder for each of two classes or more, found ${classNames.join(', ')} alone`,
    )
  const { train, validation } = split(folder, found, settings)
  const { imageSize: size, skipUnreadable } = settings
  const options = { dir: folder, classNames, size, crop: 'centre', skipUnreadable, onNote } as const
  const splits = { train: await readImages(train, options), validation: await readImages(validation, options) }
  tellAbsent({ train, validation }, classNames, onNote)
  const mean = meanImage(splits.train)
  for (const { images } of Object.values(splits))
    for (let i = 0; i < images.length; i++) images[i] = (images[i] ?? 0) - (mean[i % mean.length] ?? 0)
  return { ...splits, mean: Float32Array.from(mean) }
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

function countBy(pictures: readonly Picture[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { label } of pictures) counts.set(label, (counts.get(label) ?? 0) + 1)
  return counts
}

function tellAbsent(splits: Split, classNames: readonly string[], onNote: (line: string) => void): void {
  for (const [name, pictures] of Object.entries(splits)) {
    const counts = countBy(pictures)
    const absent = classNames.filter((_, label) => !counts.has(label))
    if (absent.length > 0) onNote(`the ${name} set has no image of ${absent.join(', ')}`)
  }
}

/** mean[i] = 1/N sum_n images[n,i] */
function meanImage({ images, labels }: Dataset): Float64Array {
  const mean = new Float64Array(images.length / labels.length)
  for (const [i, value] of images.entries())
    mean[i % mean.length] = (mean[i % mean.length] ?? 0) + value / labels.length
  return mean
}
