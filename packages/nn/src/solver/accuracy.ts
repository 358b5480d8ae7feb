import { checkOptions, DataError } from '@convkit/api'
import { type AnyDataset, type Batch, type DatasetInput, gather, partOf, type Random } from '@convkit/data'
import { checkCounts } from '../check.js'
import type { Communicator } from '../communicator.js'
import type { Model } from '../model.js'
import { type CheckedData, checkSet } from './data.js'
import type { EpochRecord } from './events.js'
import type { Settings } from './options.js'
import { createPause } from './pause.js'

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
  return measure(model, checkSet(model, dataset, 'accuracy: the set'), given)
}

/** `accuracy` of a set that was checked before. */
async function measure(
  model: Model,
  dataset: AnyDataset,
  { rows = allRows(dataset), batchSize = 100, signal, communicator = null }: AccuracyOptions = {},
): Promise<number | null> {
  const pause = createPause()
  const { rank, size } = communicator ?? { rank: 0, size: 1 }
  const own = rows.subarray(...partOf(rows.length, { index: rank, of: size }))
  let [correct, stopped] = [0, false]
  let batch: Batch | undefined
  for (let start = 0; start < own.length; start += batchSize) {
    await pause()
    stopped = signal?.aborted ?? false
    if (stopped) break
    batch = gather(dataset, own.subarray(start, start + batchSize), batch)
    const classes = await model.predict(batch.images, { batchSize })
    for (const [row, label] of batch.labels.entries()) if (classes[row] === label) correct++
  }
  const totals = Int32Array.of(correct, stopped ? 1 : 0)
  await communicator?.allreduce(totals)
  const [sum = 0, stops] = totals
  return stops ? null : sum / rows.length
}

/** Accuracies on a fresh sample of each set; null when the signal stopped it. */
export async function accuracies(
  model: Model,
  { train, validation }: CheckedData,
  { trainSamples, validationSamples, batchSize: whole }: Settings,
  random: Random,
  signal: AbortSignal | undefined,
  communicator: Communicator | null,
): Promise<Pick<EpochRecord, 'trainAccuracy' | 'validationAccuracy'> | null> {
  const batchSize = Math.ceil(whole / (communicator?.size ?? 1))
  const trainRows = sampleRows(train, trainSamples, random)
  const trainAccuracy = await measure(model, train, { rows: trainRows, batchSize, signal, communicator })
  if (trainAccuracy === null) return null
  const validationRows = sampleRows(validation, validationSamples, random)
  const validationAccuracy = await measure(model, validation, {
    rows: validationRows,
    batchSize,
    signal,
    communicator,
  })
  return validationAccuracy === null ? null : { trainAccuracy, validationAccuracy }
}

/** Without repetition; all rows where `count` is null or not fewer. */
function sampleRows(dataset: AnyDataset, count: number | null, random: Random): Int32Array {
  const [n] = dataset.shape
  return count === null || count >= n ? allRows(dataset) : random.permutation(n).subarray(0, count)
}

function allRows({ shape: [n] }: AnyDataset): Int32Array {
  return Int32Array.from({ length: n }, (_, row) => row)
}
