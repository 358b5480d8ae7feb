import { ConfigError, DataError, formatShape } from '@convkit/api'
import { type AnyDataset, type Picture, subtractMean } from '@convkit/data'
import { cifar10ClassNames, listImageFolder, loadCifar10, type OnProgress, readImages } from '@convkit/datasets'
import type { SavedModel } from '@convkit/nn'
import { foundCifar10 } from '../cifar10Folder.js'
import type { Settings } from '../config/load.js'
import { splitPictures } from '../splitPictures.js'

export const sets = ['test', 'validation', 'train', 'all'] as const
export type SetName = (typeof sets)[number]

export interface EvaluationData {
  /** Less the model's mean image. */
  readonly set: AnyDataset
  /** In the order of the model's scores. */
  readonly classNames: readonly string[]
  /** The file of each image, from the folder on; null where images are no files. */
  readonly paths: readonly string[] | null
  /** `the test set of CIFAR-10` */
  readonly title: string
}

export interface LoadOptions {
  readonly onProgress: OnProgress
  readonly onNote: (line: string) => void
}

/**
 * The set to evaluate a model on: of CIFAR-10, or of a folder of images, in the classes of the model. Of a folder `test` is
 * what `train` with the same shares has left aside.
 *
 * Errors: `DataError` for images or classes that are not the model's, `ConfigError` for a set that is not there.
 */
export async function loadEvaluationData(
  { file, saved, which }: { readonly file: string; readonly saved: SavedModel; readonly which: SetName },
  settings: Settings,
  options: LoadOptions,
): Promise<EvaluationData> {
  const { meanImage } = saved.card
  const found =
    settings.data === undefined
      ? await fromCifar10(file, saved, which, settings, options)
      : await fromFolder(settings.data, file, saved, which, settings, options)
  return meanImage ? { ...found, set: subtractMean(found.set, Float64Array.from(meanImage.data)) } : found
}

async function fromCifar10(
  file: string,
  { model, card }: SavedModel,
  which: SetName,
  { dataDir, train = 49_000, validation = 1000, test = 10_000 }: Settings,
  { onProgress }: LoadOptions,
): Promise<EvaluationData> {
  if (which === 'all')
    throw new ConfigError('--set all: expected --data with it; of CIFAR-10 take test, validation or train')
  // Before anything is fetched.
  const { inputShape, numClasses } = model
  const { classNames = cifar10ClassNames } = card
  const hint = 'name the folder of its images with --data'
  if (formatShape(inputShape) !== '[3,32,32]')
    throw new DataError(
      `${file}: takes images ${formatShape(inputShape)}, and those of CIFAR-10 are [3,32,32]: ${hint}`,
    )
  const areOurs =
    numClasses === cifar10ClassNames.length && classNames.every((name, label) => name === cifar10ClassNames[label])
  if (numClasses !== null && !areOurs)
    throw new DataError(`${file}: its ${numClasses} classes are not those of CIFAR-10: ${hint}`)
  const none = { train: 0, validation: 0, test: 0 }
  const counts = { train: { train }, validation: { train, validation }, test: { test } }[which]
  if (Object.values(counts).at(-1) === 0) throw new ConfigError(`--set ${which}: --${which} 0 leaves no images in it`)
  const dir = await foundCifar10(dataDir)
  const splits = await loadCifar10({ dir, ...none, ...counts, subtractMean: false, onProgress })
  return { set: splits[which], classNames: cifar10ClassNames, paths: null, title: `the ${which} set of CIFAR-10` }
}

async function fromFolder(
  folder: string,
  file: string,
  { model, card }: SavedModel,
  which: SetName,
  settings: Settings,
  { onNote }: LoadOptions,
): Promise<EvaluationData> {
  const found = await listImageFolder(folder)
  for (const line of found.notes) onNote(line)
  const { pictures, validation, test } = found
  const all = () => [pictures, validation ?? [], test ?? []].flat()
  const chosen = which === 'all' ? all() : splitPictures(folder, found, settings)[which]
  if (chosen.length === 0)
    throw new DataError(`${folder}: leaves no images aside to ${which}; \`--set all\` takes all that it has`)
  const { classNames = found.classNames } = card
  const { numClasses } = model
  if (numClasses !== null && classNames.length !== numClasses)
    throw new DataError(`${folder}: has ${classNames.length} classes, and the model of ${file} has ${numClasses}`)
  const labels = found.classNames.map((name) => classNames.indexOf(name))
  const strange = found.classNames.filter((_, i) => labels[i] === -1)
  if (strange.length > 0)
    throw new DataError(
      `${folder}: holds class ${strange[0]}, which the model of ${file} does not know; it knows ${classNames.slice(0, 10).join(', ')}${classNames.length > 10 ? ', ...' : ''}`,
    )
  const relabelled = chosen.flatMap(({ path, label }): Picture[] => {
    const own = labels[label]
    return own === undefined ? [] : [{ path, label: own }]
  })
  const [, height = 0, width = 0] = model.inputShape
  const { skipUnreadable } = settings
  const size = [height, width] as const
  const set = await readImages(relabelled, { dir: folder, classNames, size, crop: 'centre', skipUnreadable, onNote })
  const { paths } = set
  return { set, classNames, paths, title: which === 'all' ? folder : `the ${which} set of ${folder}` }
}
