import type { Backend, Cost, FloatDType } from '@convkit/api'
import { deferringFrees, type RecordedCall, recording, syncOf } from '@convkit/conformance'
import { Random } from '@convkit/data'
import { classesOf, createOptimizer } from '@convkit/nn'
import { costOfCalls } from '../cost.js'
import { createShapeOnly } from '../shapeOnly.js'
import type { Pass, TrainingWorkload } from '../workload/workload.js'
import { createDataset } from './data.js'
import { createModel } from './model.js'

/** The kernel calls of one step, on tensors that stay until disposed; none of them is made yet. */
export interface StepCalls extends Disposable {
  readonly forward: readonly RecordedCall[]
  readonly backward: readonly RecordedCall[]
  readonly update: readonly RecordedCall[]
  sync(): Promise<unknown>
}

export function recordStep(workload: TrainingWorkload, backend: Backend, dtype: FloatDType): StepCalls {
  const made: RecordedCall[] = []
  const kept = deferringFrees(backend)
  const model = createModel(workload, recording(kept.backend, dtype, made), dtype)
  const { scope, params, inputShape } = model
  const numClasses = classesOf(model)
  const optimizer = createOptimizer(workload.optimizer, params, scope)
  const grads = params.map(({ tensor }) => scope.alloc(tensor.shape, dtype))
  for (const { run } of made.splice(0)) run()

  const { images, labels } = createDataset(inputShape, numClasses, workload.batchSize)
  const values = dtype === 'float32' ? images : Float64Array.from(images)
  const X = scope.from(values, [labels.length, ...inputShape])
  const y = scope.labels(labels, numClasses)
  const random = new Random(0)
  const mode = { train: true, random: () => random.uniform() }
  model.loss(scope, X, y, { mode, grads: null })
  const forwardCalls = made.splice(0).length
  model.loss(scope, X, y, { mode, grads })
  const passes = made.splice(0)
  optimizer.step(grads)
  return {
    forward: passes.slice(0, forwardCalls),
    backward: passes.slice(forwardCalls),
    update: made,
    sync: syncOf(backend, scope),
    [Symbol.dispose]() {
      model[Symbol.dispose]()
      kept[Symbol.dispose]()
    },
  }
}

/** What a part of training costs at least. */
export function costOfTraining(workload: TrainingWorkload, pass: Pass, dtype: FloatDType): Cost {
  using calls = recordStep(workload, createShapeOnly(), dtype)
  const { forward, backward, update } = calls
  if (pass === 'forward' || pass === 'backward' || pass === 'update') return costOfCalls(calls[pass])
  const { flops, bytes } = costOfCalls([...forward, ...backward, ...update])
  const { epoch, batchSize } = workload
  const steps = pass === 'epoch' && epoch !== null ? Math.max(1, Math.floor(epoch / batchSize)) : 1
  return { flops: flops * steps, bytes: bytes * steps }
}
