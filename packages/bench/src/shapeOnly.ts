import { type Backend, type DType, makeKernels } from '@convkit/api'

/** What a storage is, where it holds nothing. */
export interface Sized {
  readonly length: number
  readonly dtype: DType
}

/** Computes nothing and knows how large everything is: for shapes and costs before anything is run. */
export function createShapeOnly(): Backend<Sized> {
  const kernels = makeKernels<Sized>(() => () => {})
  return {
    name: 'shapes only',
    description: 'computes nothing',
    kernels: { float32: kernels, float64: kernels },
    compose() {},
    alloc: (length, dtype) => ({ length, dtype }),
    free() {},
    write() {},
    read: async ({ length }, into) => into ?? new Float64Array(length),
    async sync() {},
  }
}
