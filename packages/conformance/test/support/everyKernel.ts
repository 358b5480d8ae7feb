import { type Arithmetic, type Backend, type Data, mapKernels, type RunKernel, type SomeKernel } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapped } from '../../../mutants/src/mutants/faults.js'

/** Naive in float32, with every result of some layers changed on its way. */
export function createChanged(
  layers: readonly string[],
  change: (value: number) => number,
  arithmetic: Arithmetic,
): Backend<Data> {
  const naive = createNaive()
  const tables = mapKernels(naive.kernels.float32, (kernel) =>
    layers.includes(kernel.layer) ? around(kernel, change) : kernel.run,
  )
  return { ...naive, arithmetic: { float32: arithmetic }, kernels: { float32: tables } }
}

function around({ run, reads }: SomeKernel<Data>, change: (value: number) => number): RunKernel<Data> {
  return (call) => {
    run(call)
    for (const output of call.storages.slice(reads.length)) output?.set(mapped(output, change))
  }
}
