import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNaive } from '@convkit/backend-naive'
import { createWasm } from '@convkit/backend-wasm'
import { adamSpec, type Case, createReferee, type NdArray, stepSpec } from '@convkit/conformance'
import { Batches, type Dataset, Random } from '@convkit/data'
import { decodeCheckpoint, type SolverState } from '@convkit/nn'
import { expect, it } from 'vitest'
import { startProgram } from './support/mpirun.js'
import { loadData, type Plan } from './support/plan.js'

const small: Plan = {
  cifar10: false,
  rows: 100,
  net: { inputDim: [3, 8, 8], numFilters: 3, filterSize: 3, hiddenDim: 8, weightScale: 0.05, reg: 0.01 },
  options: {
    epochs: 8,
    batchSize: 20,
    optimizer: { name: 'adam', learningRate: 1e-3 },
    keepBest: false,
    trainSamples: 10,
  },
}

// 200 steps of 100 images, as in the notebook; a smaller net, since the definition is slow.
const cifar10: Plan = {
  ...small,
  cifar10: true,
  rows: 2000,
  net: { ...small.net, inputDim: [3, 32, 32], numFilters: 4, hiddenDim: 16, weightScale: 0.01 },
  options: { ...small.options, epochs: 10, batchSize: 100 },
}

const plan = process.env.CONVKIT_MPI_CIFAR10 ? cifar10 : small
const parameters = ['W1', 'b1', 'W2', 'b2', 'W3', 'b3']
const step = stepSpec(adamSpec)
/** What a step leaves: the loss, parameters and moments. */
const spec: typeof step = {
  ...step,
  async bounds(...args) {
    const all = Object.entries(await step.bounds(...args))
    return Object.fromEntries(all.filter(([name]) => name === 'loss' || /^[Wb]\d/.test(name)))
  },
}

/** Of as many runs as there are ranks: the states before and after each step. */
async function statesOf(ranks: number): Promise<SolverState[]> {
  const folder = await mkdtemp(join(tmpdir(), 'convkit-mpi-'))
  try {
    const { code, stderr } = await startProgram(ranks, 'steps', [JSON.stringify(plan), folder]).outcome
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const count = (plan.options.epochs * plan.rows) / plan.options.batchSize
    const files = Array.from({ length: count + 1 }, (_, k) => readFile(join(folder, `${k}.safetensors`)))
    return await Promise.all(files.map(async (file) => decodeCheckpoint(await file)))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function arraysOf({ training }: SolverState): { readonly [name: string]: NdArray } {
  const all = [...training.model, ...training.optimizer]
  return Object.fromEntries(
    all.map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }] as const),
  )
}

/** The step after a state, as a case. */
function caseOf(state: SolverState, train: Dataset): Case {
  const { batchSize, optimizer } = plan.options
  const batches = new Batches(train, { batchSize, random: new Random(0) })
  batches.restore(state.training.batches)
  const { images, labels, shape } = batches.next()
  return {
    layer: step.layer,
    attrs: {
      ...{ numFilters: plan.net.numFilters, filterSize: plan.net.filterSize, hiddenDim: plan.net.hiddenDim },
      ...{ classes: 10, reg: plan.net.reg },
      ...{ learningRate: optimizer.learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 },
      step: state.training.iteration + 1,
    },
    inputs: {
      X: { shape, data: Float64Array.from(images) },
      labels: { shape: [batchSize], data: labels.slice() },
      ...arraysOf(state),
    },
  }
}

const runs = new Map<number, readonly SolverState[]>()

for (const ranks of [1, 2, 4])
  it(`every step of ${ranks} ranks is within the derived bound of the whole batch's`, async () => {
    const [states, again] = [await statesOf(ranks), await statesOf(ranks)]
    expect(again).toEqual(states)
    runs.set(ranks, states)
    const { train } = await loadData(plan)
    const [oracle, wasm] = [createNaive(), await createWasm({ threads: 1 })]
    for (const [k, before] of states.slice(0, -1).entries()) {
      const after = states[k + 1]
      if (!after) throw new Error('a step is missing')
      const referee = await createReferee(spec, oracle, caseOf(before, train))
      const loss = { shape: [1], data: Float64Array.of(after.losses[k] ?? Number.NaN) }
      await referee.judge({ loss, ...arraysOf(after) }, wasm, 'float32')
    }
    expect(states.length - 1).toBe((plan.options.epochs * plan.rows) / plan.options.batchSize)
  }, 3_600_000)

it('the order of the data does not depend on the number of ranks', () => {
  const batchesOf = (ranks: number) => runs.get(ranks)?.map(({ training }) => training.batches)
  for (const ranks of [2, 4]) expect(batchesOf(ranks)).toEqual(batchesOf(1))
  expect(parameters.every((name) => runs.get(1)?.[0]?.training.model.has(name))).toBe(true)
})
