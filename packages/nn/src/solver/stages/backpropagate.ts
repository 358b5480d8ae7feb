import { type FloatTensor, type Scope, vector } from '@convkit/api'
import type { Answers, Batch } from '@convkit/data'
import type { Replicas } from '../../distributed/replicas.js'
import type { LossRequest, Model } from '../../model.js'
import type { Settings } from '../options.js'
import { upload } from '../upload.js'
import type { Stage, Step } from './stage.js'

interface Parts {
  readonly model: Model
  readonly scope: Scope
  readonly settings: Settings
  readonly replicas: Replicas | null
  readonly batchSize: number
}

/**
 * Loss and gradients of a batch, in micro-batches where it is so set. Its mean is the mean of theirs weighted by their rows,
 * and since the weights sum to 1 the penalty, which every micro-batch adds, counts once. Replicas weight the gradient of the
 * scores instead, so that what batch norm sums over them is right; so do micro-batches of a loss whose rows have weights, by
 * those of the whole batch.
 */
export function backpropagate(grads: readonly FloatTensor[], own: Parts): Stage {
  const { model, scope, settings, replicas, batchSize } = own
  const microGrads =
    settings.accumulate > 1 ? model.params.map(({ tensor }) => scope.alloc(tensor.shape, tensor.dtype)) : []
  return async (step) => {
    const { batch, loss, watch } = step
    const [n] = batch.shape
    const parts = Math.min(settings.accumulate, replicas?.leastRows(batchSize) ?? n)
    const total = await totalWeight(own, batch.labels)
    for (let part = 0; part < parts; part++) {
      const [from, to] = [Math.floor((part * n) / parts), Math.floor(((part + 1) * n) / parts)]
      const first = part === 0
      using child = scope.child()
      const rows = to - from
      const [share, weight] = replicas || total !== null ? [rows / batchSize, 1] : [1, rows / n]
      const scale = total === null ? {} : { scale: total === 0 ? 0 : 1 / (share * total) }
      const into = first ? grads : microGrads
      const micro = await lossOf(own, child, { ...step, batch: rowsOf(batch, from, to) }, into, { share, ...scale })
      accumulate(loss, micro, first, weight)
      if (parts === 1) continue
      for (const [i, total] of grads.entries()) accumulate(total, into[i] ?? total, first, weight)
    }
    for (const [i, { name }] of model.params.entries()) {
      const grad = grads[i]
      if (grad) await watch?.(`the gradient of ${name}`, grad)
    }
    return true
  }
}

/** Of all rows of the batch, on whatever rank; null where each counts for 1. */
async function totalWeight({ model, replicas }: Parts, labels: Answers): Promise<number | null> {
  if (!model.weightOf || !(labels instanceof Int32Array)) return null
  const own = model.weightOf(labels)
  return replicas ? replicas.sum(own) : own
}

async function lossOf(
  { model, settings }: Parts,
  scope: Scope,
  { batch, noise, watch }: Step,
  grads: readonly FloatTensor[],
  request: Pick<LossRequest, 'share' | 'scale'>,
): Promise<FloatTensor> {
  const { X, y } = upload(scope, model, batch)
  const mode = { train: true, random: () => noise.uniform(), onWarning: settings.onWarning }
  if (!watch) return model.loss(scope, X, y, { ...request, mode, grads }).loss
  const outputs: [string, FloatTensor][] = [['the batch of images', X]]
  const onOutput = (layer: string, output: FloatTensor) => outputs.push([`${layer} output`, output])
  const { loss } = model.loss(scope, X, y, { ...request, mode, grads, onOutput })
  for (const [source, output] of outputs) await watch(source, output)
  await watch('the loss', loss)
  return loss
}

function rowsOf({ images, labels, shape, rows }: Batch<Answers>, from: number, to: number): Batch<Answers> {
  const [n, ...image] = shape
  const part = <A extends Answers>(array: A): A =>
    array.subarray((from * array.length) / n, (to * array.length) / n) as A
  return { images: part(images), labels: part(labels), shape: [to - from, ...image], rows: part(rows) }
}

/** total = total + weight * part, or weight * part at first; `part` may be `total` itself then. */
function accumulate(total: FloatTensor, part: FloatTensor, first: boolean, weight: number): void {
  if (first) {
    if (total !== part) vector.copy(part, total)
    if (weight !== 1) vector.scale(total, weight)
  } else vector.addScaled(total, weight, part)
}
