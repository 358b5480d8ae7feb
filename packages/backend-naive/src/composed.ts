import { composeKernels, computing, type Data } from '@convkit/api'

/** Kernels of everything that has a composition. */
export const composed = composeKernels<Data>((kernel) => computing(kernel))
