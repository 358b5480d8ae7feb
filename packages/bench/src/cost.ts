import { type Cost, kernelCost, type Signature, signatures } from '@convkit/api'
import type { KernelCall } from '@convkit/conformance'
import type { Sized } from './dry.js'

/** What one call of a kernel costs at least, where its storages are `Sized`. */
export function costOfCall({ layer, method, args }: KernelCall): Cost {
  const signature = (signatures[layer] as { readonly [method: string]: Signature })[method]
  if (!signature) throw new Error(`there is no kernel ${layer}.${method}`)
  const { scalars, reads, updates = [], writes = [] } = signature
  const [dims, ...rest] = args as readonly [object, ...unknown[]]
  // Behind dims and scalars there are storages alone.
  const storages = rest.slice(scalars ? 1 : 0) as readonly (Sized | null)[]
  const dtype = storages.find((storage) => storage && storage.dtype !== 'int32')?.dtype
  if (!dtype || dtype === 'int32') throw new Error(`${layer}.${method} was called without a float storage`)
  const without = [...reads, ...updates, ...writes].filter((_, i) => storages[i] === null)
  return kernelCost(layer, method, dims, dtype, without)
}

export function costOfCalls(calls: readonly KernelCall[]): Cost {
  return calls.map(costOfCall).reduce((a, b) => ({ flops: a.flops + b.flops, bytes: a.bytes + b.bytes }), {
    flops: 0,
    bytes: 0,
  })
}
