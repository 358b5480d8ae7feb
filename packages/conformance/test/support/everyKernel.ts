import type { AnyKernel, Arithmetic, Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapKernels, type SomeKernel } from '../../src/core/mapKernels.js'
import { mapped } from '../../src/mutants/faults.js'

/** Naive in float32, with every result of some layers changed on its way. */
export function createChanged(
  layers: readonly string[],
  change: (value: number) => number,
  arithmetic: Arithmetic,
): Backend<Data> {
  const naive = createNaive()
  const tables = mapKernels(naive.kernels.float32, (kernel) =>
    layers.includes(kernel.layer) ? around(kernel, change) : kernel.call,
  )
  return { ...naive, arithmetic: { float32: arithmetic }, kernels: { float32: tables } }
}

function around({ call, signature }: SomeKernel<Data>, change: (value: number) => number): AnyKernel<Data> {
  const first = (signature.scalars ? 2 : 1) + signature.reads.length
  return (...args) => {
    call(...args)
    // Behind what is read there are storages alone.
    for (const output of args.slice(first) as (Data | null)[]) output?.set(mapped(output, change))
  }
}
