import { ConfigError, checkOptions, DataError, formatShape, type OptionNames } from '@convkit/api'
import { type Batch, createViews, type DatasetInput, type View, type ViewOptions } from '@convkit/data'
import { checkCounts } from './check.js'
import { classesOf } from './classes.js'
import { inBatches } from './inBatches.js'
import type { Model } from './model.js'
import { floatArray } from './parameter.js'
import { checkSet } from './solver/data.js'

export interface EvaluateOptions {
  /** Images in a batch; default 100. */
  readonly batchSize?: number
  /** How many of the worst examples are told; default 10. */
  readonly worst?: number
  /** Scores are the means over these views of each image; default: the image alone. For a model of images (C, H, W). */
  readonly views?: ViewOptions
  /** How many of all images are done, after each batch. */
  readonly onProgress?: (done: number, total: number) => void
}

const optionNames: OptionNames<EvaluateOptions> = { batchSize: true, worst: true, views: true, onProgress: true }

/** One image of the set. */
export interface Example {
  /** Its row. */
  readonly index: number
  readonly label: number
  /** The class of the highest score, the first of equals. */
  readonly predicted: number
  /** Of the predicted class: softmax of the scores. */
  readonly probability: number
  /** -ln p[label] */
  readonly loss: number
}

export interface ClassResult {
  /** Images of this class. */
  readonly images: number
  /** The share of right ones among the images that were taken for this class; null where there were none. */
  readonly precision: number | null
  /** The share of images of this class that were taken for it; null where the set has none. */
  readonly recall: number | null
}

export interface Evaluation {
  readonly images: number
  /** The share of images whose class is predicted, in [0, 1]. */
  readonly accuracy: number
  /** The mean over images of the cross-entropy -ln p[label], p = softmax(scores), whatever loss the model was trained with. */
  readonly loss: number
  /** confusion[label][predicted]: how many images of one class were taken for another. */
  readonly confusion: readonly (readonly number[])[]
  /** By label. */
  readonly perClass: readonly ClassResult[]
  /** Those with the highest losses, the highest first. */
  readonly worst: readonly Example[]
}

/**
 * What a model makes of a set, in test mode.
 *
 * Errors: `DataError` for a set that the model cannot take, and for scores that are not finite; `ConfigError` for options
 * out of range or unknown.
 */
export async function evaluate(model: Model, set: DatasetInput, options: EvaluateOptions = {}): Promise<Evaluation> {
  const { batchSize = 100, worst = 10, views: wanted = {}, onProgress } = checkOptions('evaluate', options, optionNames)
  checkCounts('evaluate', { batchSize, worst })
  const views = createViews(wanted)
  if (views.length > 1 && model.inputShape.length !== 3)
    throw new ConfigError(
      `evaluate: views are of images [C,H,W], and ${model.name} takes ${formatShape(model.inputShape)}`,
    )
  const data = checkSet(model, set, 'evaluate: the set')
  const classes = classesOf(model)
  const [n] = data.shape
  const examples: Example[] = []
  for await (const { start, batch } of inBatches(data, batchSize)) {
    const scores = await scoresOf(model, batch, { classes, views })
    for (const [row, label] of batch.labels.entries()) {
      const own = scores.subarray(row * classes, (row + 1) * classes)
      examples.push(exampleOf(Array.from(own), start + row, label))
    }
    onProgress?.(examples.length, n)
  }
  return summarise(examples, classes, worst)
}

/** (N, classes), row-major: means over the views, in float64. */
async function scoresOf(
  model: Model,
  { images, shape }: Batch,
  { classes, views }: { readonly classes: number; readonly views: readonly View[] },
): Promise<Float64Array> {
  const mean = new Float64Array(shape[0] * classes)
  for (const view of views) {
    using scope = model.scope.child()
    const X = scope.from(floatArray(model.dtype, view(images, shape)), [shape[0], ...model.inputShape])
    const scores = await model.scores(scope, X).read()
    for (const [i, score] of scores.entries()) mean[i] += score / views.length
  }
  return mean
}

function exampleOf(scores: readonly number[], index: number, label: number): Example {
  const bad = scores.find((score) => !Number.isFinite(score))
  if (bad !== undefined) throw new DataError(`evaluate: the model's scores of image ${index} are not finite: ${bad}`)
  const highest = Math.max(...scores)
  const predicted = scores.indexOf(highest)
  const total = sum(scores.map((score) => Math.exp(score - highest)))
  return { index, label, predicted, probability: 1 / total, loss: Math.log(total) + highest - scores[label] }
}

function summarise(examples: readonly Example[], classes: number, worst: number): Evaluation {
  const confusion = Array.from({ length: classes }, () => new Array<number>(classes).fill(0))
  let [correct, loss] = [0, 0]
  for (const { label, predicted, loss: own } of examples) {
    confusion[label][predicted]++
    if (label === predicted) correct++
    loss += own / examples.length
  }
  return {
    images: examples.length,
    accuracy: correct / examples.length,
    loss,
    confusion,
    perClass: confusion.map((row, label) => {
      const images = sum(row)
      const taken = sum(confusion.map((other) => other[label]))
      const right = row[label]
      return { images, precision: taken === 0 ? null : right / taken, recall: images === 0 ? null : right / images }
    }),
    worst: examples.toSorted((a, b) => b.loss - a.loss).slice(0, worst),
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
