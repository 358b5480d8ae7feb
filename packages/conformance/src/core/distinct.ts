import { type Shape, sizeOf } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { NdArray } from './case.js'
import { type ValueKind, values } from './values.js'

/**
 * Odd multiples of 1/16 in random order, no two alike and none at 0: no ties, and every kink further away than a step of
 * central differences. Sums and products are exact, as of `dyadic` values.
 */
export function distinct(random: Random, shape: Shape): NdArray {
  const size = sizeOf(shape)
  return { shape, data: Float64Array.from(random.permutation(size), (rank) => (2 * (rank - (size >> 1)) + 1) / 16) }
}

/** `values`, for layers with a kink. */
export function kinkedValues(random: Random, shape: Shape, kind: ValueKind | 'distinct'): NdArray {
  return kind === 'distinct' ? distinct(random, shape) : values(random, shape, kind)
}
