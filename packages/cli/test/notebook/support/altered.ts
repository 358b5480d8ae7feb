import type { Backend, Data, KernelName, Kernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

/** Naive with one wrong kernel: it puts the first number of its last output off by `by`. */
export function altered(layer: KernelName, method: string, by: number): Backend<Data> {
  const naive = createNaive()
  const spoil = (kernels: Partial<Kernels<Data>> = {}): Partial<Kernels<Data>> => {
    const table: object = kernels[layer] ?? {}
    const kernel: unknown = Reflect.get(table, method)
    if (typeof kernel !== 'function') throw new TypeError(`there is no ${layer}.${method}`)
    const wrong = (...args: readonly unknown[]) => {
      Reflect.apply(kernel, table, args)
      const output = args.findLast((arg) => arg instanceof Float64Array || arg instanceof Float32Array)
      if (output) output[0] = (output[0] ?? 0) + by
    }
    return { ...kernels, [layer]: { ...table, [method]: wrong } }
  }
  return { ...naive, kernels: { float32: spoil(naive.kernels.float32), float64: spoil(naive.kernels.float64) } }
}
