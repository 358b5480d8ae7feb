import type { SamplingBudget } from '@convkit/conformance'
import { baseline, type Entrant } from '../src/contender.js'
import { type BenchOptions, runBench } from '../src/run.js'
import { shapeOfOutput } from '../src/workload/layer.js'
import { ownWorkloads } from '../src/workload/load.js'
import type { Workload } from '../src/workload/workload.js'

export const workloads = await ownWorkloads()

/** The least that is measured at all. */
export const budget: SamplingBudget = { warmUpMs: 0, samples: 3, enoughMs: 0, mostMs: 0 }

/** What the sizes in the files become, so that shapes still fit together. */
const small: ReadonlyMap<number, number> = new Map([
  [16, 4],
  [25, 5],
  [31, 7],
  [32, 8],
  [50, 2],
  [64, 4],
  [100, 2],
  [500, 5],
  [8192, 64],
])

export function tiny(workload: Workload): Workload {
  if (workload.kind === 'training') {
    const { model } = workload
    if (!('threeLayerConvNet' in model)) return { ...workload, batchSize: 2 }
    const net = { ...model.threeLayerConvNet, inputDim: [3, 8, 8] as [number, number, number], hiddenDim: 5 }
    return { ...workload, batchSize: 2, epoch: 4, model: { threeLayerConvNet: net } }
  }
  const shrink = (shape: readonly number[]) => shape.map((size) => small.get(size) ?? size)
  const inputs = Object.fromEntries(Object.entries(workload.inputs).map(([name, shape]) => [name, shrink(shape)]))
  return { ...workload, inputs, dy: workload.dy && shapeOfOutput({ ...workload, inputs }) }
}

export function tinyOf(name: string): Workload {
  const workload = workloads.find((workload) => workload.name === name)
  if (!workload) throw new Error(`no workload ${name}`)
  return tiny(workload)
}

export const naive: Entrant = { name: 'naive float32', backend: 'naive', dtype: 'float32' }

/** A run of almost no length. */
export function bench(options: Partial<BenchOptions>) {
  return runBench({
    command: '',
    version: '',
    workloads: [],
    entrants: [naive],
    load: async () => baseline.instance,
    budget,
    ...options,
  })
}
