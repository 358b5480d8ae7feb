import {
  type AnyKernel,
  type AnyKernelTable,
  type KernelName,
  type KernelTables,
  type Signature,
  signatures,
} from '@convkit/api'

/** A kernel seen without its types, so that one function serves every kernel. */
export interface SomeKernel<S> {
  readonly layer: KernelName
  readonly method: string
  /** `conv2d.backward` */
  readonly name: string
  readonly signature: Signature
  readonly call: AnyKernel<S>
}

/** All tables of a dtype, each kernel changed by `visit`. */
export function mapKernels<S>(
  tables: KernelTables<S> | undefined,
  visit: (kernel: SomeKernel<S>) => AnyKernel<S>,
): KernelTables<S> {
  const mapped: { [layer: string]: AnyKernelTable<S> } = {}
  for (const layer of Object.keys(signatures) as KernelName[]) {
    const table = tables?.[layer] as AnyKernelTable<S> | undefined
    if (!table) continue
    const kernels = Object.entries<Signature>(signatures[layer]).flatMap(([method, signature]) => {
      const call = table[method]?.bind(table)
      return call ? [[method, visit({ layer, method, name: `${layer}.${method}`, signature, call })]] : []
    })
    // A table is kernels, and at most one function that is none.
    mapped[layer] = {
      ...Object.fromEntries(kernels),
      ...(table.unsupported && { unsupported: table.unsupported.bind(table) }),
    }
  }
  return mapped
}
