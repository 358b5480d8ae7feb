import { type AnsweredSet, type Answers, type Batch, type Dataset, gather, type ImageRows } from '@convkit/data'
import { createPause } from './solver/pause.js'
import { allRows } from './solver/sumOver.js'

/** The batches of a set in order, each with the row that it begins at, in the arrays of the one before; other work has its turn between them. */
export async function* inBatches<Labels extends Answers>(
  set: Dataset<Float32Array | ImageRows, Labels> & AnsweredSet,
  batchSize: number,
): AsyncGenerator<{ readonly start: number; readonly batch: Batch<Labels> }, void, undefined> {
  const rows = allRows(set)
  const pause = createPause()
  let batch: Batch<Labels> | undefined
  for (let start = 0; start < rows.length; start += batchSize) {
    await pause()
    batch = gather<Labels>(set, rows.subarray(start, start + batchSize), batch)
    yield { start, batch }
  }
}
