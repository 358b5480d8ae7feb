import { DataError } from '@convkit/api'
import { imageBytes, recordBytes } from './release.js'

/**
 * Copies `count` records from record `from` of a batch to image `to` of a data set: pixels 0..255 in NCHW order, and
 * labels, each of which must be below `classes`.
 */
export function readRecords(
  batch: Uint8Array,
  from: number,
  count: number,
  target: { readonly images: Float32Array; readonly labels: Int32Array },
  to: number,
  classes: number,
): void {
  for (let n = 0; n < count; n++) {
    const record = (from + n) * recordBytes
    const label = batch[record]
    if (label === undefined || label >= classes) {
      throw new DataError(`record ${from + n}: wanted a label below ${classes}, got ${label ?? 'the end of the file'}`)
    }
    target.labels[to + n] = label
    target.images.set(batch.subarray(record + 1, record + recordBytes), (to + n) * imageBytes)
  }
}
