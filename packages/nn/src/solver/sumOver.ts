import { type AnsweredSet, type Answers, type Batch, type Dataset, gather, type ImageRows, partOf } from '@convkit/data'
import type { Communicator } from '../communicator.js'
import { createPause } from './pause.js'

export interface RowsOptions {
  readonly rows: Int32Array
  readonly batchSize: number
  readonly signal: AbortSignal | undefined
  /** Every rank looks at its part of the rows; the sums are those of all. */
  readonly communicator: Communicator | null
}

/** The sums over all batches of the rows of what `measure` gives of each; null when the signal, on any rank, stopped it. */
export async function sumOver<Labels extends Answers>(
  set: Dataset<Float32Array | ImageRows, Labels>,
  { rows, batchSize, signal, communicator }: RowsOptions,
  measure: (batch: Batch<Labels>) => Promise<readonly number[]>,
  count = 1,
): Promise<Float64Array | null> {
  const pause = createPause()
  const { rank, size } = communicator ?? { rank: 0, size: 1 }
  const own = rows.subarray(...partOf(rows.length, { index: rank, of: size }))
  const sums = new Float64Array(count + 1)
  let batch: Batch<Labels> | undefined
  for (let start = 0; start < own.length; start += batchSize) {
    await pause()
    if (signal?.aborted) {
      sums[count] = 1
      break
    }
    batch = gather(set, own.subarray(start, start + batchSize), batch)
    for (const [i, value] of (await measure(batch)).entries()) sums[i] += value
  }
  await communicator?.allreduce(sums)
  return sums[count] > 0 ? null : sums.subarray(0, count)
}

export function allRows({ shape: [n] }: AnsweredSet): Int32Array {
  return Int32Array.from({ length: n }, (_, row) => row)
}
