import { fileURLToPath } from 'node:url'
import { loadWorkloads, type Workload } from '../src/workload.js'

export const workloads = await loadWorkloads(fileURLToPath(new URL('../workloads', import.meta.url)))

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
  if (workload.kind === 'training')
    return { ...workload, batchSize: 2, model: { ...workload.model, inputDim: [3, 8, 8], hiddenDim: 5 } }
  const shrink = (shape: readonly number[]) => shape.map((size) => small.get(size) ?? size)
  return {
    ...workload,
    inputs: Object.fromEntries(Object.entries(workload.inputs).map(([name, shape]) => [name, shrink(shape)])),
    ...(workload.dy && { dy: shrink(workload.dy) }),
  }
}

export function tinyOf(name: string): Workload {
  const workload = workloads.find((workload) => workload.name === name)
  if (!workload) throw new Error(`no workload ${name}`)
  return tiny(workload)
}
