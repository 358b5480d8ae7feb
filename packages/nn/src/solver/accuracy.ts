import { type Batch, type Dataset, gather, type Random } from '@convkit/data'
import type { Model } from '../model.js'
import type { SolverData } from './data.js'
import type { EpochRecord } from './events.js'
import type { Settings } from './options.js'
import { createPause } from './pause.js'

export interface AccuracyOptions {
  /** Which rows; default all. */
  readonly rows?: Int32Array
  /** Default 100. */
  readonly batchSize?: number
  readonly signal?: AbortSignal | undefined
}

/** The share of rows whose class the model predicts, in [0, 1]; null when the signal stopped it. */
export async function accuracy(
  model: Model,
  dataset: Dataset,
  { rows = allRows(dataset), batchSize = 100, signal }: AccuracyOptions = {},
): Promise<number | null> {
  const pause = createPause()
  let correct = 0
  let batch: Batch | undefined
  for (let start = 0; start < rows.length; start += batchSize) {
    await pause()
    if (signal?.aborted) return null
    batch = gather(dataset, rows.subarray(start, start + batchSize), batch)
    const classes = await model.predict(batch.images, { batchSize })
    for (const [row, label] of batch.labels.entries()) if (classes[row] === label) correct++
  }
  return correct / rows.length
}

/** Accuracies on a fresh sample of each set; null when the signal stopped it. */
export async function accuracies(
  model: Model,
  { train, validation }: SolverData,
  { trainSamples, validationSamples, batchSize }: Settings,
  random: Random,
  signal: AbortSignal | undefined,
): Promise<Pick<EpochRecord, 'trainAccuracy' | 'validationAccuracy'> | null> {
  const trainRows = sampleRows(train, trainSamples, random)
  const trainAccuracy = await accuracy(model, train, { rows: trainRows, batchSize, signal })
  const validationRows = sampleRows(validation, validationSamples, random)
  const validationAccuracy = await accuracy(model, validation, { rows: validationRows, batchSize, signal })
  return trainAccuracy === null || validationAccuracy === null ? null : { trainAccuracy, validationAccuracy }
}

/** Without repetition; all rows where `count` is null or not fewer. */
function sampleRows(dataset: Dataset, count: number | null, random: Random): Int32Array {
  const [n] = dataset.shape
  return count === null || count >= n ? allRows(dataset) : random.permutation(n).subarray(0, count)
}

function allRows({ shape: [n] }: Dataset): Int32Array {
  return Int32Array.from({ length: n }, (_, row) => row)
}
