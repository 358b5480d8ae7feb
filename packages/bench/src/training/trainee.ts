import type { Backend, FloatDType, FloatTensor, Scope } from '@convkit/api'
import { syncOf } from '@convkit/conformance'
import { type Batch, Batches, Random } from '@convkit/data'
import { classesOf, createOptimizer, type Model } from '@convkit/nn'
import type { TrainingWorkload } from '../workload/workload.js'
import { createDataset } from './data.js'
import { createModel } from './model.js'

/** A model in training. */
export interface Trainee extends Disposable {
  readonly model: Model
  /** One queued step as the Solver takes it: the batch is uploaded, gradients overwrite those of the step before. */
  step(): void
  /** So many images in shuffled batches, as a training set of that size would be. */
  epoch(images: number): Promise<void>
  /** Loss and gradients of a batch at the present weights; of the part that is held, repeated. */
  gradients(): Promise<ReadonlyMap<string, ArrayLike<number>>>
  sync(): Promise<unknown>
}

/** Batches that the steps rotate through. */
const batchCount = 4
/** Steps of an epoch after which it waits, as the Solver does to read losses. */
const lossEvery = 50

export function createTrainee(workload: TrainingWorkload, backend: Backend, dtype: FloatDType): Trainee {
  const { batchSize, heldBatchSize, optimizer: config } = workload
  const model = createModel(workload, backend, dtype)
  const { scope, params, inputShape } = model
  const numClasses = classesOf(model)
  const optimizer = createOptimizer(config, params, scope)
  const grads = params.map(({ tensor }) => scope.alloc(tensor.shape, dtype))
  const sync = syncOf(backend, scope)
  const batchesOf = (images: number, distinct?: number) =>
    new Batches(createDataset(inputShape, numClasses, images, distinct), { batchSize, random: new Random(0) })
  const few = batchesOf(batchSize * batchCount)
  const random = new Random(0)
  const mode = { train: true, random: () => random.uniform() }

  function backpropagate(child: Scope, { images, labels }: Batch): FloatTensor {
    const values = dtype === 'float32' ? images : Float64Array.from(images)
    const X = child.from(values, [labels.length, ...inputShape])
    return model.loss(child, X, child.labels(labels, numClasses), { mode, grads }).loss
  }

  function step(batches: Batches): void {
    using child = scope.child()
    backpropagate(child, batches.next())
    optimizer.step(grads)
    backend.mark?.('step')
  }

  return {
    model,
    sync,
    step: () => step(few),

    async epoch(images) {
      const batches = batchesOf(images)
      for (let i = 0; i < batches.perEpoch; i++) {
        step(batches)
        if (i % lossEvery === 0) await sync()
      }
    },

    async gradients() {
      using child = scope.child()
      const loss = backpropagate(child, batchesOf(batchSize, heldBatchSize).next())
      const results = new Map<string, ArrayLike<number>>([['loss', await loss.read()]])
      for (const [i, { name }] of params.entries()) results.set(`d${name}`, (await grads[i]?.read()) ?? [])
      return results
    },

    [Symbol.dispose]: () => model[Symbol.dispose](),
  }
}
