import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createNaive } from '@convkit/backend-naive'
import { createWasm } from '@convkit/backend-wasm'
import {
  adamSpec,
  type Case,
  convBnNetOn,
  createReferee,
  curveOf,
  type NdArray,
  stepSpec,
  threeLayerConvNetOn,
} from '@convkit/conformance'
import { Batches, type Dataset, Random } from '@convkit/data'
import { decodeCheckpoint, type SolverState } from '@convkit/nn'
import { beforeAll, describe, expect, it } from 'vitest'
import { startProgram } from './support/mpirun.js'
import { loadData, type Plan } from './support/plan.js'

const small: Omit<Plan, 'net'> = {
  cifar10: false,
  rows: 100,
  image: [3, 8, 8],
  options: {
    epochs: 8,
    batchSize: 20,
    optimizer: { name: 'adam', learningRate: 1e-3 },
    keepBest: false,
    trainSamples: 10,
  },
}

/** 200 steps of 100 images, as in the notebook. */
const cifar10: Omit<Plan, 'net'> = {
  cifar10: true,
  rows: 2000,
  image: [3, 32, 32],
  options: { ...small.options, epochs: 10, batchSize: 100 },
}

const full = process.env.CONVKIT_MPI_CIFAR10 !== undefined
const size = full ? cifar10 : small
const wasm = await createWasm({ threads: 1 })
// The definition takes half a second a step of so many images, and there are thousands of them.
const oracle = full ? wasm : createNaive()

interface Subject {
  readonly plan: Plan
  readonly spec: ReturnType<typeof convBnNetOn>
  readonly dtype: 'float32' | 'float64'
}

const nets: { readonly [name: string]: Subject } = {
  'the net of the notebook, with fewer filters': {
    plan: {
      ...size,
      net: {
        kind: 'notebook',
        ...(full ? { numFilters: 4, hiddenDim: 16 } : { numFilters: 3, hiddenDim: 8 }),
        ...{ filterSize: 3, weightScale: full ? 0.01 : 0.05, reg: 0.01 },
      },
    },
    spec: threeLayerConvNetOn(oracle),
    dtype: 'float32',
  },
  'a net with synchronised batch norm': {
    plan: { ...size, net: { kind: 'batchNorm', filters: full ? 2 : 3, synchronised: true } },
    spec: convBnNetOn(oracle),
    dtype: 'float64',
  },
}

/** Of as many runs as there are ranks: the states before and after each step. */
async function statesOf(plan: Plan, ranks: number): Promise<SolverState[]> {
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

/** What the step after a state is given beside it. */
function batchOf({ training }: SolverState, { options }: Plan, train: Dataset): Case['inputs'] {
  const batches = new Batches(train, { batchSize: options.batchSize, random: new Random(0) })
  batches.restore(training.batches)
  const { images, labels, shape } = batches.next()
  return {
    X: { shape, data: Float64Array.from(images) },
    labels: { shape: [options.batchSize], data: labels.slice() },
  }
}

/** The step after a state. */
function caseOf(state: SolverState, plan: Plan, train: Dataset): Case {
  const { learningRate } = plan.options.optimizer
  const { kind: _, ...attrs } = plan.net
  const adam = { learningRate, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: state.training.iteration + 1 }
  const inputs = { ...batchOf(state, plan, train), ...arraysOf(state) }
  return { layer: 'training', attrs: { ...attrs, ...adam, classes: 10 }, inputs }
}

describe.each(Object.entries(nets))('%s:', (_, { plan, spec, dtype }) => {
  const step = stepSpec(adamSpec, spec)
  /** What a step leaves, of what a state says: not the scores and the gradients. */
  const kept: typeof step = {
    ...step,
    async bounds(c, ...rest) {
      const all = Object.entries(await step.bounds(c, ...rest))
      const own = all.filter(([name]) => name === 'loss' || name in c.inputs)
      for (const [, { data }] of own) {
        elements += data.length
        unbounded += data.filter((bound: number) => bound === Number.POSITIVE_INFINITY).length
      }
      return Object.fromEntries(own)
    },
  }
  let [elements, unbounded] = [0, 0]
  const runs = new Map<number, readonly SolverState[]>()
  let train: Dataset
  let curve: Awaited<ReturnType<typeof curveOf>>

  beforeAll(async () => {
    train = (await loadData(plan)).train
  })

  /** Throws where a step is further from that of one process than the bound. */
  async function judge(before: SolverState, after: SolverState): Promise<void> {
    const referee = await createReferee(kept, oracle, caseOf(before, plan, train))
    const loss = { shape: [1], data: Float64Array.of(after.losses.at(-1) ?? Number.NaN) }
    await referee.judge({ loss, ...arraysOf(after) }, wasm, dtype)
  }

  it.each([1, 2, 4])(
    'every step of %i ranks is within the bound of the whole batch, and has the same bits in a second run',
    async (ranks) => {
      const [states, again] = [await statesOf(plan, ranks), await statesOf(plan, ranks)]
      expect(again).toEqual(states)
      runs.set(ranks, states)
      for (const [k, before] of states.slice(0, -1).entries()) {
        const after = states[k + 1]
        if (!after) throw new Error('a step is missing')
        await judge(before, after)
      }
      expect(states.length - 1).toBe((plan.options.epochs * plan.rows) / plan.options.batchSize)
    },
    3_600_000,
  )

  const { net } = plan
  if (net.kind === 'batchNorm')
    it('without synchronisation the first step of 2 ranks is outside', async () => {
      const [before, after] = await statesOf({ ...plan, net: { ...net, synchronised: false } }, 2)
      if (!before || !after) throw new Error('there was no step')
      await expect(judge(before, after)).rejects.toThrow(/expected .* within .* elements wrong/)
    })

  it('the order of the data does not depend on the number of ranks', () => {
    const batchesOf = (ranks: number) => runs.get(ranks)?.map(({ training }) => training.batches)
    for (const ranks of [2, 4]) expect(batchesOf(ranks)).toEqual(batchesOf(1))
    expect(batchesOf(1)).toBeDefined()
  })

  it.each([1, 2, 4])(
    'the losses of %i ranks are within the spread of disturbed float64 runs',
    async (ranks) => {
      const states = runs.get(ranks) ?? []
      const [first] = states
      if (!first) throw new Error('there was no run')
      const batches = states.slice(0, -1).map((state) => batchOf(state, plan, train))
      curve ??= await curveOf(spec, { backend: wasm, dtype, oracle }, caseOf(first, plan, train), adamSpec, batches)
      const { losses, spread } = curve
      const used = Array.from(
        losses.data,
        (loss, k) => Math.abs((states.at(-1)?.losses[k] ?? Number.NaN) - loss) / (spread.data[k] ?? 0),
      )
      process.stdout.write(
        `${ranks} ranks: the losses fall from ${losses.data[0]?.toFixed(3)} to ${losses.data.at(-1)?.toFixed(3)}, using at most ${Math.max(...used).toPrecision(2)} of the spread; ${unbounded} of ${elements} bounds are infinite\n`,
      )
      for (const [k, share] of used.entries()) expect({ k, within: share <= 1 }).toEqual({ k, within: true })
    },
    3_600_000,
  )
})
