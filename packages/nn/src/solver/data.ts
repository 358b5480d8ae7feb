import { DataError, formatShape, type Shape, sizeOf } from '@convkit/api'
import {
  type AnsweredSet,
  type AnyDataset,
  type DatasetInput,
  toDataset,
  toValueSet,
  type ValueSet,
  type ValueSetInput,
} from '@convkit/data'
import { classesOf } from '../classes.js'
import type { Model } from '../model.js'

/** Sets with labels, or with targets for a model whose loss compares values. */
export interface SolverData {
  readonly train: DatasetInput | ValueSetInput
  /** Null: all rows train, and the model is left as the last step makes it. */
  readonly validation: DatasetInput | ValueSetInput | null
}

/** The sets after their check. */
export interface CheckedData {
  readonly train: AnsweredSet
  readonly validation: AnsweredSet | null
}

/** Whether the rows of a set have a class each. */
export function hasClasses(set: AnsweredSet): set is AnyDataset {
  return set.labels instanceof Int32Array
}

/** Both sets with their numbers converted and checked: `checkSet` of each, and their classes are the same. */
export function checkData(model: Model, { train, validation }: SolverData): CheckedData {
  const data = {
    train: checkAnswers(model, train, 'solver: the training set'),
    validation: validation === null ? null : checkAnswers(model, validation, 'solver: the validation set'),
  }
  for (const [i, name] of data.train.classNames.entries()) {
    const other = data.validation?.classNames[i]
    if (other !== undefined && other !== name)
      throw new DataError(`solver: class ${i} is ${name} in the training set and ${other} in the validation set`)
  }
  return data
}

/** A set of what the model's loss wants: labels or targets. Throws `DataError` for one that the model cannot take. */
function checkAnswers(model: Model, set: DatasetInput | ValueSetInput, what: string): AnsweredSet {
  const given = Object(set)
  const { name, targetShape } = model
  if (!targetShape) {
    if ('targets' in given && !('labels' in given))
      throw new DataError(`${what} has targets; the loss of ${name} wants labels`)
    return checkSet(model, given, what)
  }
  return checkValueSet(model, targetShape, given, what)
}

/** Throws `DataError` for a set that a model whose output is like `targetShape` cannot take. */
export function checkValueSet(model: Model, targetShape: Shape, set: ValueSetInput, what: string): ValueSet {
  const { name, inputShape } = model
  if (!('targets' in Object(set))) throw new DataError(`${what} has no targets; the loss of ${name} wants values`)
  checkImages(model, set, what)
  if (set.targets === 'images' && !fits(inputShape, targetShape))
    throw new DataError(
      `${what}: its targets are its images, ${formatShape(inputShape)}, but ${name} gives ${formatShape(targetShape)}`,
    )
  return toValueSet(set, what, sizeOf(targetShape))
}

/**
 * Throws `DataError` for a set that the model cannot take: images of another shape, pixels that are not finite (streamed ones when they are read), labels
 * that are not whole numbers in [0, classes), or not one a row.
 */
export function checkSet(model: Model, set: DatasetInput, what: string): AnyDataset {
  checkImages(model, set, what)
  return toDataset(set, what, classesOf(model))
}

function checkImages({ inputShape, name }: Model, set: { readonly shape: Shape } | null, what: string): void {
  const image = Array.isArray(set?.shape) && set.shape.length > 1 ? set.shape.slice(1) : null
  if (image && !fits(image, inputShape))
    throw new DataError(
      `${what} has images of shape ${formatShape(image)}; ${name} wants ${formatShape(inputShape)}${hint(image, inputShape)}`,
    )
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
