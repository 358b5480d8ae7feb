import { ConfigError, checkOptions, DataError, type OptionNames } from '@convkit/api'
import { type Answers, type Dataset, type ImageRows, readRow } from './dataset.js'
import { Random, type RandomState } from './random.js'

type Rows<Labels extends Answers> = Dataset<Float32Array | ImageRows, Labels>

/** Rows of a dataset, (N, C, H, W) with N labels, or with the values of N rows. */
export interface Batch<Labels extends Answers = Int32Array> {
  readonly images: Float32Array
  readonly labels: Labels
  readonly shape: Dataset['shape']
  /** The row of the dataset of each. */
  readonly rows: Int32Array
}

/** Enough to continue a `Batches` exactly where it was. */
export interface BatchesState {
  /** The generator's state before it shuffled the current epoch. */
  readonly random: RandomState
  /** Batches of the current epoch that were handed out. */
  readonly position: number
}

/**
 * The rows `indices` of a dataset, in that order; into the buffers of `into` where its length fits.
 * Throws `DataError` for an index outside the dataset.
 */
export function gather<Labels extends Answers>(
  dataset: Rows<Labels>,
  indices: Int32Array,
  into?: Batch<Labels>,
): Batch<Labels> {
  const [n, channels, height, width] = dataset.shape
  const pixels = channels * height * width
  const each = dataset.labels.length / n
  const { images, labels, shape } =
    into?.labels.length === indices.length * each && into.images.length === indices.length * pixels
      ? into
      : {
          images: new Float32Array(indices.length * pixels),
          labels: like(dataset.labels, indices.length * each),
          shape: [indices.length, channels, height, width] as const,
        }
  for (const [row, index] of indices.entries()) {
    if (!(index >= 0 && index < n)) throw new DataError(`batches: row ${index} is outside [0, ${n})`)
    readRow(dataset, index, images.subarray(row * pixels, (row + 1) * pixels))
    labels.set(dataset.labels.subarray(index * each, (index + 1) * each), row * each)
  }
  return { images, labels, shape, rows: indices }
}

/** A new array of the same type. */
function like<A extends Answers>(labels: A, length: number): A {
  return new (labels.constructor as new (length: number) => A)(length)
}

/** One of several parts, counted from 0. */
export interface Part {
  readonly index: number
  readonly of: number
}

const whole: Part = { index: 0, of: 1 }

/** The range of `count` things that is a part's: sizes differ by at most one. */
export function partOf(count: number, { index, of }: Part): readonly [from: number, to: number] {
  return [Math.floor((index * count) / of), Math.floor(((index + 1) * count) / of)]
}

export interface BatchesOptions {
  readonly batchSize: number
  readonly random: Random
  readonly part?: Part
}

const optionNames: OptionNames<BatchesOptions> = { batchSize: true, random: true, part: true }
const partNames: OptionNames<Part> = { index: true, of: true }

/**
 * A dataset in seeded random order, epoch after epoch without end. Every epoch is a new permutation of the rows, and
 * its partial last batch is dropped; a dataset smaller than one batch is one batch.
 */
export class Batches<Labels extends Answers = Int32Array> {
  /** Rows in every whole batch: min(batchSize, N). */
  readonly batchSize: number
  /** max(floor(N / batchSize), 1) */
  readonly perEpoch: number
  readonly #dataset: Rows<Labels>
  readonly #rows: readonly [from: number, to: number]
  #random: Random
  #before: RandomState
  #order: Int32Array
  #position = 0
  #batch: Batch<Labels> | undefined

  /**
   * `part` cuts every batch into `of` parts of nearly equal size and hands out that with this index alone; the order does
   * not depend on it. Throws `ConfigError` for a batch size below 1 or `of`, `DataError` for a dataset without rows.
   */
  constructor(dataset: Rows<Labels>, options: BatchesOptions) {
    const { batchSize, random, part = whole } = checkOptions('batches', options, optionNames)
    checkOptions('batches: part', part, partNames)
    const [n] = dataset.shape
    if (!Number.isSafeInteger(batchSize) || batchSize < 1)
      throw new ConfigError(`batches: batchSize must be an integer of at least 1, got ${batchSize}`)
    if (n < 1) throw new DataError('batches: the dataset has no rows')
    this.#dataset = dataset
    this.batchSize = Math.min(batchSize, n)
    this.perEpoch = Math.max(Math.floor(n / batchSize), 1)
    if (part.of > this.batchSize)
      throw new ConfigError(`batches: a batch of ${this.batchSize} rows cannot be cut into ${part.of} parts`)
    this.#rows = partOf(this.batchSize, part)
    this.#random = random
    this.#before = random.state
    this.#order = random.permutation(n)
  }

  /** The next batch, or this part of it, in the same buffers every time: what is kept longer must be copied. */
  next(): Batch<Labels> {
    if (this.#position === this.perEpoch) {
      this.#shuffle()
      this.#position = 0
    }
    const first = this.#position++ * this.batchSize
    const [from, to] = this.#rows
    this.#batch = gather(this.#dataset, this.#order.subarray(first + from, first + to), this.#batch)
    return this.#batch
  }

  get state(): BatchesState {
    return { random: this.#before, position: this.#position }
  }

  /** Continues from a state of the same dataset and batch size; throws `DataError` for a position outside the epoch. */
  restore({ random, position }: BatchesState): void {
    if (!Number.isSafeInteger(position) || position < 0 || position > this.perEpoch)
      throw new DataError(`batches: position ${position} is outside [0, ${this.perEpoch}]`)
    this.#random = new Random(random)
    this.#shuffle()
    this.#position = position
  }

  #shuffle(): void {
    this.#before = this.#random.state
    this.#order = this.#random.permutation(this.#dataset.shape[0])
  }
}
