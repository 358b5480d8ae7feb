import {
  type AnyKernel,
  type AnyKernelTable,
  type Backend,
  type FloatDType,
  type KernelName,
  type Kernels,
  signatures,
} from '@convkit/api'

export type Replace<S, T> = (kernel: AnyKernel<S>, layer: KernelName, method: string) => AnyKernel<T> | null

/** The backend's tables with every kernel passed through `replace`; null leaves it out. */
export function replaceKernels<S, T>(
  backend: Backend<S>,
  dtype: FloatDType,
  replace: Replace<S, T>,
): Partial<Kernels<T>> {
  const tables: { [layer: string]: { [method: string]: AnyKernel<T> } } = {}
  for (const layer of Object.keys(signatures) as KernelName[]) {
    const table = backend.kernels[dtype]?.[layer] as AnyKernelTable<S> | undefined
    const methods: { [method: string]: AnyKernel<T> } = {}
    for (const method of Object.keys(signatures[layer])) {
      const kernel = table?.[method]
      const replaced = kernel && replace(kernel, layer, method)
      if (replaced) methods[method] = replaced
    }
    if (Object.keys(methods).length > 0) tables[layer] = methods
  }
  // Built from `signatures`, which has an entry for every method of every table.
  return tables as Partial<Kernels<T>>
}
