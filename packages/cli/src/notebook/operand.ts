import { type FloatDType, type FloatTensor, type Scope, type Shape, sizeOf } from '@convkit/api'
import type { Random } from '@convkit/data'

/** Values on the host with their shape: what a section draws, and changes bit by bit for numeric gradients. */
export interface Operand {
  readonly values: Float64Array
  readonly shape: Shape
}

/** Evenly spaced from `start` to `stop`, both included. */
export function linspace(start: number, stop: number, shape: Shape): Operand {
  const last = sizeOf(shape) - 1
  const step = (stop - start) / last
  const values = Float64Array.from({ length: last + 1 }, (_, i) => (i === last ? stop : start + i * step))
  return { values, shape }
}

/** mean + deviation * normal deviates. */
export function normal(random: Random, shape: Shape, deviation = 1, mean = 0): Operand {
  return { values: random.normal(sizeOf(shape), deviation).map((value) => value + mean), shape }
}

export function put(scope: Scope, { values, shape }: Operand, dtype: FloatDType = 'float64'): FloatTensor {
  return scope.from(dtype === 'float64' ? values : Float32Array.from(values), shape)
}
