import { adam, type Backend, type FloatDType, type FloatTensor, type Scope, type Shape } from '@convkit/api'
import { adamSpec, type Case, createReferee, firstStep, type NdArray, stepSpec } from '@convkit/conformance'
import { Random } from '@convkit/data'
import { createOptimizer, ThreeLayerConvNet } from '@convkit/nn'
import { close } from './close.js'
import type { Gate } from './gate.js'
import type { Runnable } from './runnable.js'
import { labels, normal, type TrainingWorkload } from './workload.js'

interface Trainee extends Disposable {
  /** One queued step as the Solver takes it: the batch is uploaded, gradients overwrite those of the step before. */
  step(): void
  /** Loss and gradients of the batch at the first weights. */
  gradients(): Promise<ReadonlyMap<string, ArrayLike<number>>>
  sync(): Promise<unknown>
}

export function prepareStep(workload: TrainingWorkload, backend: Backend, dtype: FloatDType): Runnable {
  const trainee = createTrainee(workload, backend, dtype)
  return {
    calls: { step: trainee.step },
    missing: {},
    sync: trainee.sync,
    [Symbol.dispose]: () => trainee[Symbol.dispose](),
  }
}

function createTrainee(workload: TrainingWorkload, backend: Backend, dtype: FloatDType): Trainee {
  const model = new ThreeLayerConvNet(backend, { ...workload.model, dtype })
  const { scope } = model
  const optimizer = createOptimizer(workload.optimizer, model.params, scope)
  const grads = model.params.map(({ tensor }) => scope.alloc(tensor.shape, dtype))
  const { images, classes } = batchOf(workload)
  const values = dtype === 'float32' ? Float32Array.from(images.data) : Float64Array.from(images.data)

  function backpropagate(child: Scope): FloatTensor {
    const X = child.from(values, images.shape)
    return model.loss(child, X, child.labels(classes, model.numClasses), { grads }).loss
  }

  return {
    step() {
      using child = scope.child()
      backpropagate(child)
      optimizer.step(grads)
      backend.mark?.('step')
    },
    async gradients() {
      using child = scope.child()
      const results = new Map<string, ArrayLike<number>>([['loss', await backpropagate(child).read()]])
      for (const [i, { name }] of model.params.entries()) results.set(name, (await grads[i]?.read()) ?? [])
      return results
    },
    sync: async () => (backend.sync ? await backend.sync() : await grads[0]?.read()),
    [Symbol.dispose]: () => model[Symbol.dispose](),
  }
}

function batchOf({ batchSize, model }: TrainingWorkload): { images: NdArray; classes: Int32Array } {
  const random = new Random(0)
  return {
    images: normal(random, [batchSize, ...model.inputDim]),
    classes: labels(random, batchSize, model.numClasses),
  }
}

/** Of the largest gradient of a parameter: far above the rounding of float32, far below any mistake. */
const loose = 1e-3

/**
 * The derived bounds of a whole net grow with every layer and say nothing of a large one, so it is a small net that is
 * held to them; of the large one the first loss and all gradients are compared with the oracle's, loosely.
 */
export async function createStepGate(workload: TrainingWorkload, oracle: Backend): Promise<Gate> {
  const c = gateCase(workload)
  const referee = await createReferee(stepSpec(adamSpec), oracle, c)
  using exact = createTrainee(workload, oracle, 'float64')
  const expected = await exact.gradients()
  return {
    exact: null,
    async hold(backend, dtype) {
      await referee.hold(backend, dtype)
      using trainee = createTrainee(workload, backend, dtype)
      for (const [name, got] of await trainee.gradients())
        close(`${workload.name}: ${name === 'loss' ? name : `d${name}`}`, got, expected.get(name) ?? [], loose)
    },
  }
}

/** The first step of the small net, with weights that keep the size of what passes through a layer. */
function gateCase({ model, optimizer, gate }: TrainingWorkload): Case {
  const { numFilters, filterSize, numClasses, reg } = model
  const { batchSize, inputDim, hiddenDim } = gate
  const [channels, height, width] = inputDim
  const random = new Random(0)
  const pooled = numFilters * Math.floor(height / 2) * Math.floor(width / 2)
  const weight = (inSize: number, shape: Shape) => normal(random, shape, 1 / Math.sqrt(inSize))
  const { name: _, ...scalars } = { ...adam.defaults, ...optimizer }
  const start: Case = {
    layer: 'threeLayerConvNet',
    attrs: { numFilters, filterSize, hiddenDim, classes: numClasses, reg },
    inputs: {
      X: normal(random, [batchSize, ...inputDim]),
      labels: { shape: [batchSize], data: labels(random, batchSize, numClasses) },
      W1: weight(channels * filterSize ** 2, [numFilters, channels, filterSize, filterSize]),
      b1: normal(random, [numFilters]),
      W2: weight(pooled, [pooled, hiddenDim]),
      b2: normal(random, [hiddenDim]),
      W3: weight(hiddenDim, [hiddenDim, numClasses]),
      b3: normal(random, [numClasses]),
    },
  }
  return firstStep(start, adamSpec, scalars)
}
