import { sizeOf } from '@convkit/api'
import { type AnyDataset, areRows, readRow } from './dataset.js'

/** mean[i] = 1/N sum_n images[n,i], in float64, of shape (C, H, W). */
export function meanImage(set: AnyDataset): Float64Array {
  const [n, ...image] = set.shape
  const mean = new Float64Array(sizeOf(image))
  const row = new Float32Array(mean.length)
  for (let index = 0; index < n; index++) {
    readRow(set, index, row)
    for (let i = 0; i < row.length; i++) mean[i] += row[i] / n
  }
  return mean
}

/**
 * The set with `mean` (C, H, W) subtracted from every image: in place where it is in memory, and else from each image
 * when it is read.
 */
export function subtractMean(set: AnyDataset, mean: Float64Array): AnyDataset {
  const { images } = set
  if (areRows(images)) {
    return {
      ...set,
      images: {
        readRow(index, into) {
          images.readRow(index, into)
          subtract(into, mean)
        },
      },
    }
  }
  for (let start = 0; start < images.length; start += mean.length)
    subtract(images.subarray(start, start + mean.length), mean)
  return set
}

function subtract(row: Float32Array, mean: Float64Array): void {
  for (let i = 0; i < row.length; i++) row[i] -= mean[i]
}
