import { DataError, formatShape, type Shape, sizeOf } from '@convkit/api'
import { type AnyDataset, type DatasetInput, toDataset } from '@convkit/data'
import { classesOf } from '../classes.js'
import type { Model } from '../model.js'

export interface SolverData {
  readonly train: DatasetInput
  readonly validation: DatasetInput
}

/** The sets after their check. */
export interface CheckedData {
  readonly train: AnyDataset
  readonly validation: AnyDataset
}

/** Both sets with their numbers converted and checked: `checkSet` of each, and their classes are the same. */
export function checkData(model: Model, { train, validation }: SolverData): CheckedData {
  const data = {
    train: checkSet(model, train, 'solver: the training set'),
    validation: checkSet(model, validation, 'solver: the validation set'),
  }
  for (const [i, name] of data.train.classNames.entries()) {
    const other = data.validation.classNames[i]
    if (other !== undefined && other !== name)
      throw new DataError(`solver: class ${i} is ${name} in the training set and ${other} in the validation set`)
  }
  return data
}

/**
 * Throws `DataError` for a set that the model cannot take: images of another shape, pixels that are not finite (streamed ones when they are read), labels
 * that are not whole numbers in [0, classes), or not one a row.
 */
export function checkSet(model: Model, set: DatasetInput, what: string): AnyDataset {
  const { inputShape, name } = model
  const image = Array.isArray(set?.shape) && set.shape.length > 1 ? set.shape.slice(1) : null
  if (image && !fits(image, inputShape))
    throw new DataError(
      `${what} has images of shape ${formatShape(image)}; ${name} wants ${formatShape(inputShape)}${hint(image, inputShape)}`,
    )
  return toDataset(set, what, classesOf(model))
}

/** Axis by axis; an input of one axis takes images flattened, as `affine` does. Axes of 1 at the end do not matter. */
function fits(image: Shape, input: Shape): boolean {
  if (input.length === 1) return sizeOf(image) === sizeOf(input)
  return Array.from({ length: Math.max(image.length, input.length) }, (_, axis) => axis).every(
    (axis) => (image[axis] ?? 1) === (input[axis] ?? 1),
  )
}

function hint([height, width, channels]: Shape, [wantedChannels, wantedHeight, wantedWidth]: Shape): string {
  const last = channels === wantedChannels && height === wantedHeight && width === wantedWidth
  return last ? ': channels come before height and width' : ''
}
