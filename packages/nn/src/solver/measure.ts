import type { AnsweredSet, AnyDataset, Random } from '@convkit/data'
import { argmaxRows } from '../argmaxRows.js'
import { classesOf } from '../classes.js'
import type { Communicator } from '../communicator.js'
import type { Model } from '../model.js'
import { accuracyOn, countOf } from './accuracy.js'
import { type CheckedData, hasClasses } from './data.js'
import type { EpochRecord } from './events.js'
import type { Metrics, Settings } from './options.js'
import { allRows, type RowsOptions, sumOver } from './sumOver.js'
import { upload } from './upload.js'

type Measured = Omit<EpochRecord, 'epoch' | 'iteration'>

const unmeasured: Measured = { trainAccuracy: null, validationAccuracy: null, validationLoss: null, metrics: {} }

/** What a check measures, on a fresh sample of each set; null when the signal stopped it. */
export async function measure(
  model: Model,
  { train, validation }: CheckedData,
  { trainSamples, validationSamples, batchSize: whole, metrics }: Settings,
  random: Random,
  signal: AbortSignal | undefined,
  communicator: Communicator | null,
): Promise<Measured | null> {
  const options = { batchSize: Math.ceil(whole / (communicator?.size ?? 1)), signal, communicator }
  if (!hasClasses(train) || (validation && !hasClasses(validation))) {
    if (!validation) return unmeasured
    const rows = sampleRows(validation, validationSamples, random)
    return lossOf(model, validation, { rows, ...options })
  }
  const trainRows = sampleRows(train, trainSamples, random)
  const trainAccuracy = await accuracyOn(model, train, { rows: trainRows, ...options })
  if (trainAccuracy === null) return null
  if (!validation) return { ...unmeasured, trainAccuracy }
  const rows = sampleRows(validation, validationSamples, random)
  const validated = await validate(model, validation, metrics, { rows, ...options })
  return validated && { trainAccuracy, ...validated }
}

/** Where there are no classes. */
async function lossOf(model: Model, set: AnsweredSet, options: RowsOptions): Promise<Measured | null> {
  const sums = await sumOver(set, options, async (batch) => {
    using scope = model.scope.child()
    const { X, y } = upload(scope, model, batch)
    const [sum = Number.NaN] = await model.scoresAndLoss(scope, X, y).loss.read()
    return [sum]
  })
  if (!sums) return null
  const validationLoss = finite((sums[0] ?? Number.NaN) / options.rows.length)
  return { ...unmeasured, validationLoss }
}

async function validate(
  model: Model,
  set: AnyDataset,
  metrics: Metrics,
  options: RowsOptions,
): Promise<Omit<Measured, 'trainAccuracy'> | null> {
  const names = Object.keys(metrics)
  const classes = classesOf(model)
  const sums = await sumOver(
    set,
    options,
    async (batch) => {
      using scope = model.scope.child()
      const { labels } = batch
      const { X, y } = upload(scope, model, batch)
      const { scores, loss } = model.scoresAndLoss(scope, X, y)
      const [values, [sum = Number.NaN]] = await Promise.all([scores.read(), loss.read()])
      const row = (n: number) => values.subarray(n * classes, (n + 1) * classes)
      const own = Object.values(metrics).map((metric) =>
        labels.reduce((all, label, n) => all + metric(row(n), label), 0),
      )
      const weight = model.weightOf?.(labels) ?? labels.length
      return [sum, weight, countOf(argmaxRows(values, classes), labels), ...own]
    },
    3 + names.length,
  )
  if (!sums) return null
  const [loss = Number.NaN, weight = Number.NaN, ...others] = sums
  const [validationAccuracy = Number.NaN, ...own] = others.map((sum) => sum / options.rows.length)
  const means = names.map((name, i) => [name, finite(own[i] ?? Number.NaN)])
  return { validationAccuracy, validationLoss: finite(loss / weight), metrics: Object.fromEntries(means) }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Without repetition; all rows where `count` is null or not fewer. */
function sampleRows(dataset: AnsweredSet, count: number | null, random: Random): Int32Array {
  const [n] = dataset.shape
  return count === null || count >= n ? allRows(dataset) : random.permutation(n).subarray(0, count)
}
