import { type AnyKernelTable, type Backend, type DType, type Kernels, signatures } from '@convkit/api'

/** What a storage is, where it holds nothing. */
export interface Sized {
  readonly length: number
  readonly dtype: DType
}

/** Computes nothing and knows how large everything is: for shapes and costs before anything is run. */
export function createDry(): Backend<Sized> {
  const tables: { [layer: string]: AnyKernelTable<Sized> } = {}
  for (const [layer, methods] of Object.entries(signatures))
    tables[layer] = Object.fromEntries(Object.keys(methods).map((method) => [method, () => {}]))
  // Built from `signatures`, which has an entry for every method of every table.
  const kernels = tables as unknown as Partial<Kernels<Sized>>
  return {
    name: 'dry',
    description: 'computes nothing',
    kernels: { float32: kernels, float64: kernels },
    alloc: (length, dtype) => ({ length, dtype }),
    free() {},
    write() {},
    read: async ({ length }, into) => into ?? new Float64Array(length),
    async sync() {},
  }
}
