import { checkOptions, DataError } from '@convkit/api'
import type { AnyDataset, DatasetInput } from '@convkit/data'
import { checkCounts } from '../check.js'
import type { Communicator } from '../communicator.js'
import type { Model } from '../model.js'
import { checkSet } from './data.js'
import { allRows, type RowsOptions, sumOver } from './sumOver.js'

export interface AccuracyOptions {
  /** Which rows; default all. */
  readonly rows?: Int32Array
  /** Default 100. */
  readonly batchSize?: number
  readonly signal?: AbortSignal | undefined
  /** Every rank looks at its part of the rows; the result is that of all. */
  readonly communicator?: Communicator | null | undefined
}

/**
 * The share of rows whose class the model predicts, in [0, 1]; null when the signal, on any rank, stopped it. Throws
 * `DataError` for a set that the model cannot take.
 */
export async function accuracy(
  model: Model,
  dataset: DatasetInput,
  options: AccuracyOptions = {},
): Promise<number | null> {
  const given = checkOptions('accuracy', options, { rows: true, batchSize: true, signal: true, communicator: true })
  checkCounts('accuracy', { batchSize: given.batchSize ?? 1 })
  if (given.rows?.length === 0) throw new DataError('accuracy: there are no rows to measure it on')
  const set = checkSet(model, dataset, 'accuracy: the set')
  const { rows = allRows(set), batchSize = 100, signal, communicator = null } = given
  return accuracyOn(model, set, { rows, batchSize, signal, communicator })
}

/** `accuracy` of a set that was checked before. */
export async function accuracyOn(model: Model, set: AnyDataset, options: RowsOptions): Promise<number | null> {
  const sums = await sumOver(set, options, async ({ images, labels }) => {
    const classes = await model.predict(images, { batchSize: labels.length })
    return [countOf(classes, labels)]
  })
  return sums && (sums[0] ?? Number.NaN) / options.rows.length
}

/** Rows whose class is their label. */
export function countOf(classes: Int32Array, labels: Int32Array): number {
  let count = 0
  for (const [row, label] of labels.entries()) if (classes[row] === label) count++
  return count
}
