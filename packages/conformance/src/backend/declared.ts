import { type Backend, type FloatDType, type FloatTensor, Scope, UnsupportedError } from '@convkit/api'
import { arithmeticOf, type ResolvedArithmetic } from '../core/arithmetic.js'
import { arithmeticText } from '../core/declaredText.js'
import type { From, Probe } from './probes.js'

/** A backend whose declaration is tested in one dtype. */
export interface Declared {
  readonly backend: Backend
  readonly dtype: FloatDType
}

/** `declaration: declared unit roundoff 2^-24, ..., but ` */
export function but({ backend, dtype }: Declared, kernel: Probe['kernel']): string {
  return `declaration: declared ${arithmeticText(arithmeticOf(backend, dtype, kernel))}, but `
}

/** What the kernel of a probe is held to. */
export function ofProbe({ backend, dtype }: Declared, { kernel }: Pick<Probe, 'kernel'>): ResolvedArithmetic {
  return arithmeticOf(backend, dtype, kernel)
}

/** Reads what a task queues; null where the backend has no such kernel, or refuses. */
export async function attempt(
  { backend, dtype }: Declared,
  kernel: Probe['kernel'],
  task: (scope: Scope, from: From) => FloatTensor | readonly FloatTensor[],
): Promise<Float64Array | null> {
  // A fused kernel that is absent would be composed of others.
  if (!backend.kernels[dtype]?.[kernel]) return null
  using scope = new Scope(backend)
  const from: From = (values, shape) =>
    dtype === 'float32' ? scope.from(Float32Array.from(values), shape) : scope.from(Float64Array.from(values), shape)
  try {
    const read: number[] = []
    for (const tensor of [task(scope, from)].flat()) read.push(...(await tensor.read()))
    return Float64Array.from(read)
  } catch (error) {
    if (error instanceof UnsupportedError) return null
    throw error
  }
}
