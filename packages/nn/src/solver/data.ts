import { DataError, formatShape, ShapeError, sizeOf } from '@convkit/api'
import type { Dataset } from '@convkit/data'
import type { Model } from '../model.js'

export interface SolverData {
  readonly train: Dataset
  readonly validation: Dataset
}

/** Throws `DataError` for an empty set, `ShapeError` where images do not fit the model. */
export function checkData({ name: model, inputShape }: Model, { train, validation }: SolverData): void {
  for (const [name, { shape }] of Object.entries({ train, validation })) {
    const [n, ...image] = shape
    if (n < 1) throw new DataError(`solver: the ${name} set has no rows`)
    if (sizeOf(image) !== sizeOf(inputShape))
      throw new ShapeError(
        `solver: ${model} wants images ${formatShape(inputShape)}, the ${name} set has ${formatShape(image)}`,
      )
  }
}
