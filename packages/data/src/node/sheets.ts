import { DataError } from '@convkit/api'
import sharp from 'sharp'
import { imageBytes, recordBytes } from './release.js'

/**
 * A batch from a sheet: a PNG of 1024 x `records` pixels, where row n holds the 32 x 32 pixels of image n in row-major
 * order, and the `records` labels that belong to it.
 */
export async function sheetToBatch(sheet: Buffer, labels: readonly number[]): Promise<Buffer> {
  const { data, info } = await sharp(sheet).raw().toBuffer({ resolveWithObject: true })
  const pixels = imageBytes / 3
  if (info.width !== pixels || info.height !== labels.length || info.channels !== 3) {
    const got = `${info.width} x ${info.height} x ${info.channels}`
    throw new DataError(`sheet: wanted ${pixels} x ${labels.length} x 3 pixels, got ${got}`)
  }
  const batch = Buffer.alloc(labels.length * recordBytes)
  labels.forEach((label, n) => {
    const record = n * recordBytes
    batch[record] = label
    for (let c = 0; c < 3; c++) {
      for (let p = 0; p < pixels; p++) {
        batch[record + 1 + c * pixels + p] = data[(n * pixels + p) * 3 + c] ?? 0
      }
    }
  })
  return batch
}
