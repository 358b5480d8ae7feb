import { sizeOf } from '@convkit/api'
import type { AnsweredSet, Answers, AnyDataset, Batches } from '@convkit/data'
import { classesOf } from '../classes.js'
import type { Model } from '../model.js'
import { type CheckedData, hasClasses } from './data.js'
import type { HostTensors } from './tensors.js'

/** Gets one line for the user. */
export type OnWarning = (warning: string) => void

/** On stderr, or on the page's console. */
export function warnOnConsole(warning: string): void {
  // biome-ignore lint/suspicious/noConsole: where users look who have named no other place.
  console.warn(`convkit: warning: ${warning}`)
}

/** Hands each text on once. */
export function once(onWarning: OnWarning): OnWarning {
  const told = new Set<string>()
  return (warning) => {
    if (told.has(warning)) return
    told.add(warning)
    onWarning(warning)
  }
}

/** The share of the training rows from which on what an epoch leaves out is told; it is always below a half. */
const leftOutShare = 1 / 4

/** Of the data and the batches, when training starts. */
export function startWarnings(model: Model, data: CheckedData, batchSize: number, batches: Batches<Answers>): string[] {
  return [...dataWarnings(model, data), ...batchWarnings(data.train, batchSize, batches)]
}

/** What batches of `batchSize` wanted rows leave out of an epoch, and that they are smaller. */
function batchWarnings({ shape: [n] }: AnsweredSet, batchSize: number, { perEpoch }: Batches<Answers>): string[] {
  if (batchSize > n)
    return [`a batch of ${batchSize} is more than the training set's ${n} rows: each step takes all ${n}`]
  const left = n - perEpoch * batchSize
  if (left < leftOutShare * n) return []
  const better = Math.floor(n / (perEpoch + 1))
  return [
    `each epoch leaves out ${left} of the ${n} training rows, which fill no batch of ${batchSize}; batches of ${better} leave out ${n - (perEpoch + 1) * better}`,
  ]
}

/** Classes that a set lacks, and images without a picture. */
function dataWarnings(model: Model, { train, validation }: CheckedData): string[] {
  const validated = validation && hasClasses(validation) ? validation : null
  const lacking = hasClasses(train) ? classWarnings(classesOf(model), train, validated) : []
  return [...lacking, ...blank('training', train), ...(validation ? blank('validation', validation) : [])]
}

function classWarnings(numClasses: number, train: AnyDataset, validation: AnyDataset | null): string[] {
  const names = Array.from({ length: numClasses }, (_, i) => train.classNames[i] ?? validation?.classNames[i] ?? `${i}`)
  const present = new Set(train.labels)
  const [only = 0] = present
  const training =
    present.size === 1 && numClasses > 1
      ? [
          `the training set's ${train.labels.length} rows are all of class ${names[only]}: there is nothing to tell apart`,
        ]
      : absent('training', present, names)
  return [...training, ...(validation ? absent('validation', new Set(validation.labels), names) : [])]
}

/** Names that a warning lists. */
const listed = 10

function absent(set: string, present: ReadonlySet<number>, names: readonly string[]): string[] {
  const missing = names.filter((_, label) => !present.has(label))
  if (missing.length === 0) return []
  const more = missing.length > listed ? ` and ${missing.length - listed} more` : ''
  return [
    `the ${set} set has no row of ${missing.length} of ${names.length} classes: ${missing.slice(0, listed).join(', ')}${more}`,
  ]
}

/** Where at least half of the images are of one value each. A streamed set would have to be read for it. */
function blank(set: string, { images, shape: [n, ...image] }: AnsweredSet): string[] {
  const size = sizeOf(image)
  if (size === 1 || 'readRow' in images) return []
  let count = 0
  for (let start = 0; start < images.length; start += size) {
    const first = images[start]
    let i = start + 1
    while (i < start + size && images[i] === first) i++
    if (i === start + size) count++
  }
  return 2 * count < n ? [] : [`${count} of the ${set} set's ${n} images are blank: every pixel has the same value`]
}

/** `start`: the tensors before the first step, whose penalty the loss holds too. */
export function firstLossWarnings({ chance, reg, params }: Model, loss: number, start: HostTensors): string[] {
  if (!chance || loss <= chance.limit) return []
  let squares = 0
  if (reg > 0)
    for (const { name, decay } of params)
      if (decay) for (const value of start.get(name)?.data ?? []) squares += value * value
  const penalty = 0.5 * reg * squares
  const high = `the first loss is ${short(loss)}, far above ${chance.formula} = ${short(chance.loss)}, that of equal scores`
  if (loss - penalty <= chance.limit)
    return [`${high}: ${short(penalty)} of it are the penalty of reg = ${reg}; lower reg, or draw smaller weights`]
  return [`${high}: begin with the layer standardise, add batch norm, or draw smaller weights`]
}

const short = (value: number): string => String(Number(value.toPrecision(4)))
