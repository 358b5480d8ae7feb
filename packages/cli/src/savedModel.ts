import { type Backend, ConfigError, DataError, type FloatDType, formatShape } from '@convkit/api'
import { cifar10ClassNames } from '@convkit/datasets'
import { type ModelCard, nameList, type SavedModel } from '@convkit/nn'
import { openModel } from '@convkit/nn/node'
import type { Settings } from './config/load.js'
import { note } from './terminal.js'

/**
 * The model of a file that `train` or the page wrote: of `--out`, or the best one of a `--checkpoint`. It is what
 * the file says, or else the configuration's `model`.
 *
 * Errors: `DataError` that names the file; `ConfigError` where a setting does not fit it.
 */
export async function loadSavedModel(path: string, backend: Backend, settings: Settings): Promise<SavedModel> {
  const { imageSize, model: own, seed } = settings
  const create =
    own &&
    ((dtype: FloatDType, { meanImage, classNames }: ModelCard) =>
      own(
        backend,
        { dtype, seed },
        {
          input: meanImage?.shape ?? [3, imageSize, imageSize],
          classes: classNames?.length ?? cifar10ClassNames.length,
          train: null,
        },
      ))
  const saved = await openModel(path, backend, { imageSize, ...(create && { create }) })
  if (saved.unneeded.length > 0) note(`${path}: the model has no ${nameList(saved.unneeded)}: left out`)
  return saved
}

/** Holds a file to what pictures need: a model of three colours, and a card that fits it. Notes that a mean image is missing. */
export function checkPictures(file: string, { model, card }: SavedModel): void {
  const { inputShape, numClasses } = model
  const { meanImage, classNames } = card
  if (inputShape.length !== 3 || inputShape[0] !== 3)
    throw new ConfigError(`${file}: wanted a model of colour images [3,H,W], got ${formatShape(inputShape)}`)
  if (meanImage && formatShape(meanImage.shape) !== formatShape(inputShape))
    throw new DataError(
      `${file}: its mean image is ${formatShape(meanImage.shape)}, the model's images are ${formatShape(inputShape)}`,
    )
  if (classNames && classNames.length !== numClasses)
    throw new DataError(`${file}: names ${classNames.length} classes, but its model has ${numClasses ?? 'none'}`)
  if (!meanImage) note(`${file} holds no mean image: the model gets the pixels as they are`)
}
