import { type Cost, kernelCost } from '@convkit/api'
import type { RecordedCall } from '@convkit/conformance'
import type { Sized } from './shapeOnly.js'

/** What one call of a kernel costs at least, where its storages are `Sized`. */
export function costOfCall({ kernel, call }: RecordedCall): Cost {
  const { layer, method, name, operands } = kernel
  const storages = call.storages as readonly (Sized | null)[]
  const dtype = storages.find((storage) => storage && storage.dtype !== 'int32')?.dtype
  if (!dtype || dtype === 'int32') throw new Error(`${name} was called without a float storage`)
  const without = operands.filter((_, i) => storages[i] === null)
  return kernelCost(layer, method, call.dims, dtype, without)
}

export function costOfCalls(calls: readonly RecordedCall[]): Cost {
  return calls.map(costOfCall).reduce((a, b) => ({ flops: a.flops + b.flops, bytes: a.bytes + b.bytes }), {
    flops: 0,
    bytes: 0,
  })
}
