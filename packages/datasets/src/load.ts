import { ConfigError } from '@convkit/api'
import type { Dataset } from '@convkit/data'
import { checked, readBatch } from './cache.js'
import { readRecords } from './records.js'
import { imageBytes, type Release } from './release.js'
import type { Batches } from './source.js'

export interface SplitOptions {
  /** Images to train on: the first of the training set. Default 49000. */
  readonly train?: number
  /** Images to validate on: the next of the training set. Default 1000. */
  readonly validation?: number
  /** Images to test on: the first of the test set. Default 1000. */
  readonly test?: number
  /** Subtract the mean training image from every split. Default true. */
  readonly subtractMean?: boolean
}

export interface Splits {
  readonly train: Dataset
  readonly validation: Dataset
  readonly test: Dataset
  /** The mean image (3, 32, 32) of the training split, computed in float64; subtracted or not. */
  readonly mean: Float32Array
  readonly classNames: readonly string[]
}

/** The splits of a release from a folder of batches, or from what gives them; each batch is held against its md5. */
export async function loadRelease(
  release: Release,
  from: string | Batches,
  classNames: readonly string[],
  { train = 49_000, validation = 1000, test = 1000, subtractMean = true }: SplitOptions = {},
): Promise<Splits> {
  checkCounts(release, { train, validation, test })
  const empty = (n: number) => ({
    images: new Float32Array(n * imageBytes),
    labels: new Int32Array(n),
    shape: [n, 3, 32, 32] as const,
    classNames,
  })
  const splits = { train: empty(train), validation: empty(validation), test: empty(test) }
  const read: Batches = (batch) => (typeof from === 'string' ? readBatch(batch, from) : checked(batch, from))
  await fill(release, read, 'train', [splits.train, splits.validation])
  await fill(release, read, 'test', [splits.test])
  const mean = meanImage(splits.train)
  if (subtractMean) for (const { images } of Object.values(splits)) subtract(images, mean)
  return { ...splits, mean: Float32Array.from(mean), classNames }
}

function checkCounts(
  { batches }: Release,
  { train, validation, test }: Record<'train' | 'validation' | 'test', number>,
) {
  const available = (split: 'train' | 'test') =>
    batches.filter((batch) => batch.split === split).reduce((sum, { records }) => sum + records, 0)
  for (const [name, count] of Object.entries({ train, validation, test })) {
    if (!Number.isInteger(count) || count < 0) throw new ConfigError(`${name}: wanted a number of images, got ${count}`)
  }
  if (train + validation > available('train')) {
    const got = `${train} + ${validation}`
    throw new ConfigError(`train + validation: wanted at most ${available('train')} images, got ${got}`)
  }
  if (test > available('test')) throw new ConfigError(`test: wanted at most ${available('test')} images, got ${test}`)
}

/** Deals the records of one split's batches, in order, to the targets in order; reads no batch it does not need. */
async function fill(release: Release, read: Batches, split: 'train' | 'test', targets: readonly Dataset[]) {
  let start = 0
  for (const batch of release.batches) {
    if (batch.split !== split) continue
    let first = 0
    let bytes: Uint8Array | undefined
    for (const target of targets) {
      const n = target.labels.length
      const from = Math.max(first, start)
      const count = Math.min(first + n, start + batch.records) - from
      if (count > 0) {
        bytes ??= await read(batch)
        readRecords(bytes, from - start, count, target, from - first, target.classNames.length)
      }
      first += n
    }
    start += batch.records
  }
}

/** mean[i] = 1/N sum_n x[n,i], in float64; zeros when there are no images. */
function meanImage({ images, labels }: Dataset): Float64Array {
  const mean = new Float64Array(imageBytes)
  const n = labels.length
  for (let start = 0; start < images.length; start += imageBytes) {
    for (let i = 0; i < imageBytes; i++) mean[i] += images[start + i]
  }
  return mean.map((sum) => sum / Math.max(n, 1))
}

function subtract(images: Float32Array, mean: Float64Array): void {
  for (let start = 0; start < images.length; start += imageBytes) {
    for (let i = 0; i < imageBytes; i++) images[start + i] -= mean[i]
  }
}
