import { ConfigError, checkOptions, DataError, type OptionNames } from '@convkit/api'
import type { Batch, ValueSetInput } from '@convkit/data'
import { checkCounts } from './check.js'
import type { EvaluateOptions } from './evaluate.js'
import { inBatches } from './inBatches.js'
import type { Model } from './model.js'
import { floatArray } from './parameter.js'
import { checkValueSet } from './solver/data.js'
import { targetsOf } from './solver/upload.js'

/** `worst` is also how many of the best rows are told. */
export type EvaluateValuesOptions = Omit<EvaluateOptions, 'views'>

const optionNames: OptionNames<EvaluateValuesOptions> = { batchSize: true, worst: true, onProgress: true }

/** One row of a set of values. */
export interface ValueExample {
  /** Its row. */
  readonly index: number
  /** The mean over the elements of (output - target)^2. */
  readonly meanSquaredError: number
}

export interface ValueEvaluation {
  readonly images: number
  /** The mean over images, whatever loss the model was trained with. */
  readonly meanSquaredError: number
  /** Those with the highest errors, the highest first. */
  readonly worst: readonly ValueExample[]
  /** Those with the lowest errors, the lowest first. */
  readonly best: readonly ValueExample[]
}

/**
 * How far the outputs of a model whose loss compares values are from their targets, in test mode.
 *
 * Errors: `DataError` for a set that the model cannot take, and for outputs that are not finite; `ConfigError` for options
 * out of range or unknown, and for a model of classes.
 */
export async function evaluateValues(
  model: Model,
  set: ValueSetInput,
  options: EvaluateValuesOptions = {},
): Promise<ValueEvaluation> {
  const { batchSize = 100, worst = 10, onProgress } = checkOptions('evaluateValues', options, optionNames)
  checkCounts('evaluateValues', { batchSize, worst })
  const { targetShape } = model
  if (!targetShape) throw new ConfigError(`evaluateValues: ${model.name} tells classes apart: evaluate is for it`)
  const data = checkValueSet(model, targetShape, set, 'evaluateValues: the set')
  const [n] = data.shape
  const examples: ValueExample[] = []
  for await (const { start, batch } of inBatches(data, batchSize)) {
    for (const [row, meanSquaredError] of (await errorsOf(model, batch)).entries()) {
      const index = start + row
      if (!Number.isFinite(meanSquaredError))
        throw new DataError(`evaluateValues: the model's output for image ${index} is not finite`)
      examples.push({ index, meanSquaredError })
    }
    onProgress?.(examples.length, n)
  }
  const sorted = examples.toSorted((a, b) => a.meanSquaredError - b.meanSquaredError)
  return {
    images: n,
    meanSquaredError: examples.reduce((sum, own) => sum + own.meanSquaredError, 0) / n,
    worst: sorted.slice(-worst).reverse(),
    best: sorted.slice(0, worst),
  }
}

/** The mean squared error of each row, in float64. */
async function errorsOf(model: Model, batch: Batch<Float32Array>): Promise<number[]> {
  const [n] = batch.shape
  using scope = model.scope.child()
  const X = scope.from(floatArray(model.dtype, batch.images), [n, ...model.inputShape])
  const outputs = await model.scores(scope, X).read()
  const targets = targetsOf(batch)
  const size = targets.length / n
  const errors = new Array<number>(n).fill(0)
  for (const [i, output] of outputs.entries()) errors[Math.floor(i / size)] += (output - targets[i]) ** 2 / size
  return errors
}
