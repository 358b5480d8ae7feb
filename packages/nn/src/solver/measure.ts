import type { AnyDataset, Random } from '@convkit/data'
import { argmaxRows } from '../argmaxRows.js'
import { classesOf } from '../classes.js'
import type { Communicator } from '../communicator.js'
import type { Model } from '../model.js'
import { floatArray } from '../parameter.js'
import { accuracyOn, countOf } from './accuracy.js'
import type { CheckedData } from './data.js'
import type { EpochRecord } from './events.js'
import type { Metrics, Settings } from './options.js'
import { allRows, type RowsOptions, sumOver } from './sumOver.js'

type Measured = Omit<EpochRecord, 'epoch' | 'iteration'>

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
  const trainRows = sampleRows(train, trainSamples, random)
  const trainAccuracy = await accuracyOn(model, train, { rows: trainRows, ...options })
  if (trainAccuracy === null) return null
  const rows = sampleRows(validation, validationSamples, random)
  const validated = await validate(model, validation, metrics, { rows, ...options })
  return validated && { trainAccuracy, ...validated }
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
    async ({ images, labels }) => {
      using scope = model.scope.child()
      const X = scope.from(floatArray(model.dtype, images), [labels.length, ...model.inputShape])
      const { scores, loss } = model.scoresAndLoss(scope, X, scope.labels(labels, classes))
      const [values, [sum = Number.NaN]] = await Promise.all([scores.read(), loss.read()])
      const row = (n: number) => values.subarray(n * classes, (n + 1) * classes)
      const own = Object.values(metrics).map((metric) =>
        labels.reduce((all, label, n) => all + metric(row(n), label), 0),
      )
      return [countOf(argmaxRows(values, classes), labels), sum, ...own]
    },
    2 + names.length,
  )
  if (!sums) return null
  const [validationAccuracy = Number.NaN, loss = Number.NaN, ...own] = sums.map((sum) => sum / options.rows.length)
  const means = names.map((name, i) => [name, finite(own[i] ?? Number.NaN)])
  return { validationAccuracy, validationLoss: finite(loss), metrics: Object.fromEntries(means) }
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null)

/** Without repetition; all rows where `count` is null or not fewer. */
function sampleRows(dataset: AnyDataset, count: number | null, random: Random): Int32Array {
  const [n] = dataset.shape
  return count === null || count >= n ? allRows(dataset) : random.permutation(n).subarray(0, count)
}
