import {
  type AnyKernel,
  type Arithmetic,
  type Backend,
  type Data,
  type KernelTables,
  type Signature,
  signatures,
} from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapped } from '../../src/mutants/faults.js'

/** Naive in float32, with every result of some layers changed on its way. */
export function createChanged(
  layers: readonly string[],
  change: (value: number) => number,
  arithmetic: Arithmetic,
): Backend<Data> {
  const naive = createNaive()
  // Seen without their types, so that one loop serves every kernel.
  const anyTables: { readonly [layer: string]: object | undefined } = { ...naive.kernels.float32 }
  const changed = layers.map((layer) => {
    const own: { readonly [method: string]: Signature } = signatures[layer as keyof typeof signatures]
    const kernels = Object.entries(anyTables[layer] ?? {}) as [string, AnyKernel<Data>][]
    return [layer, Object.fromEntries(kernels.map(([method, kernel]) => [method, around(kernel, own[method], change)]))]
  })
  const tables: KernelTables<Data> = { ...anyTables, ...Object.fromEntries(changed) }
  return { ...naive, arithmetic: { float32: arithmetic }, kernels: { float32: tables } }
}

function around(kernel: AnyKernel<Data>, signature: Signature, change: (value: number) => number): AnyKernel<Data> {
  const first = (signature.scalars ? 2 : 1) + signature.reads.length
  return (...args) => {
    kernel(...args)
    // Behind what is read there are storages alone.
    for (const output of args.slice(first) as (Data | null)[]) output?.set(mapped(output, change))
  }
}
