import { DataError } from '@convkit/api'
import { loadSharp } from './installed.js'
import { toPlanes } from './planes.js'
import { imageBytes, recordBytes } from './release.js'

/**
 * A batch from a sheet: a PNG of 1024 x `records` pixels, where row n holds the 32 x 32 pixels of image n in row-major
 * order, and the `records` labels that belong to it.
 */
export async function sheetToBatch(sheet: Buffer, labels: readonly number[]): Promise<Buffer> {
  const sharp = await loadSharp()
  const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true })
  const width = imageBytes / 3
  if (info.width !== width || info.height !== labels.length || info.channels !== 3) {
    const got = `${info.width} x ${info.height} x ${info.channels}`
    throw new DataError(`sheet: wanted ${width} x ${labels.length} x 3 values, got ${got}`)
  }
  const batch = Buffer.alloc(labels.length * recordBytes)
  for (const [n, label] of labels.entries()) {
    const record = batch.subarray(n * recordBytes, (n + 1) * recordBytes)
    record[0] = label
    toPlanes(data.subarray(n * imageBytes, (n + 1) * imageBytes), 3, record.subarray(1))
  }
  return batch
}
