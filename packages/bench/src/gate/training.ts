import { adam, type Backend, ConfigError, type Shape } from '@convkit/api'
import { adamSpec, type Case, createReferee, firstStep, type Referee, stepSpec } from '@convkit/conformance'
import { Random } from '@convkit/data'
import { type Model, relError } from '@convkit/nn'
import { createTrainee } from '../training/trainee.js'
import { normal } from '../workload/layer.js'
import type { TrainingWorkload } from '../workload/workload.js'
import { close, loose } from './close.js'
import type { Gate } from './gate.js'
import { createStepGate } from './step.js'

/**
 * The derived bounds of a whole net grow with every layer and say nothing of a large one, so it is a small net that is
 * held to them as a whole, where there is one. Of the large one every kernel call is held to its own bound. How far its
 * gradients are from the oracle's is reported, and decides nothing. Of a batch that would take the oracle too long, a part
 * is held so; the batch then consists of that part over and over, which changes neither loss nor gradients but for rounding.
 */
export async function createTrainingGate(workload: TrainingWorkload, oracle: Backend): Promise<Gate> {
  const referee = await createStepReferee(workload, oracle)
  const held = { ...workload, batchSize: workload.heldBatchSize ?? workload.batchSize }
  using exact = createTrainee(held, oracle, 'float64')
  await stir(exact.model)
  const expected = await exact.gradients()
  const step = await createStepGate(held, oracle)
  return {
    exact: null,
    async hold(contender) {
      const { instance, dtype } = contender
      await referee?.hold(instance, dtype)
      await step.holdCalls(contender)
      await step.holdPasses(contender)
      using trainee = createTrainee(workload, instance, dtype)
      await stir(trainee.model)
      const results = await trainee.gradients()
      if (held.batchSize !== workload.batchSize) closeStep(results, expected)
      const differences: { [output: string]: number } = {}
      for (const [name, got] of results) differences[name] = relError(got, expected.get(name) ?? [])
      return differences
    },
  }
}

type StepResults = ReadonlyMap<string, ArrayLike<number>>

/** Gradients as one list: those that are 0 but for rounding, of a bias before a norm, have no size of their own. */
function closeStep(got: StepResults, expected: StepResults): void {
  const lossOf = (results: StepResults) => results.get('loss') ?? []
  const gradientsOf = (results: StepResults) =>
    [...results].flatMap(([name, values]) => (name === 'loss' ? [] : Array.from(values)))
  close('the loss of the whole batch', lossOf(got), lossOf(expected), loose)
  close('a gradient of the whole batch', gradientsOf(got), gradientsOf(expected), loose)
}

/** Moves every parameter, or a bias, which starts at 0, could be left out unseen. */
export async function stir({ params, dtype }: Model): Promise<void> {
  const random = new Random(1)
  for (const { tensor } of params) {
    const noise = random.normal(tensor.size, 0.01)
    const values = Float64Array.from(await tensor.read(), (value, i) => Math.fround(value + noise[i]))
    tensor.write(dtype === 'float32' ? Float32Array.from(values) : values)
  }
}

async function createStepReferee(
  { name, model, optimizer, gate }: TrainingWorkload,
  oracle: Backend,
): Promise<Referee | null> {
  if (!gate) return null
  if (!('threeLayerConvNet' in model) || optimizer.name !== 'adam')
    throw new ConfigError(`workload ${name}: only ThreeLayerConvNet with adam has derived bounds for its gate`)
  const { numFilters, filterSize, numClasses, reg } = model.threeLayerConvNet
  const { batchSize, inputDim, hiddenDim } = gate
  const [channels, height, width] = inputDim
  const random = new Random(0)
  const pooled = numFilters * Math.floor(height / 2) * Math.floor(width / 2)
  // Weights that keep the size of what passes through a layer.
  const weight = (inSize: number, shape: Shape) => normal(random, shape, 1 / Math.sqrt(inSize))
  const { name: _, ...scalars } = { ...adam.defaults, ...optimizer }
  const start: Case = {
    layer: 'threeLayerConvNet',
    attrs: { numFilters, filterSize, hiddenDim, classes: numClasses, reg },
    inputs: {
      X: normal(random, [batchSize, ...inputDim]),
      labels: { shape: [batchSize], data: Int32Array.from({ length: batchSize }, () => random.integer(numClasses)) },
      W1: weight(channels * filterSize ** 2, [numFilters, channels, filterSize, filterSize]),
      b1: normal(random, [numFilters]),
      W2: weight(pooled, [pooled, hiddenDim]),
      b2: normal(random, [hiddenDim]),
      W3: weight(hiddenDim, [hiddenDim, numClasses]),
      b3: normal(random, [numClasses]),
    },
  }
  return await createReferee(stepSpec(adamSpec), oracle, firstStep(start, adamSpec, scalars))
}
