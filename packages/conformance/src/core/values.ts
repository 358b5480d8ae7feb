import { type Shape, sizeOf } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { NdArray } from './case.js'

/**
 * `normal`: standard normal. `dyadic`: multiples of 1/8 in [-4, 4], whose sums and products are exact, so that laws
 * which add or scale inputs compare like with like. `ties`: one of five integers, so that windows hold equal maxima.
 * `wide`: normal times 2^k, k in [-12, 12], so that a constant tolerance is wrong somewhere.
 */
export type ValueKind = 'normal' | 'dyadic' | 'ties' | 'wide'

const draw: { readonly [K in ValueKind]: (random: Random, size: number) => Float64Array } = {
  normal: (random, size) => random.normal(size),
  dyadic: (random, size) => filled(size, () => (random.integer(65) - 32) / 8),
  ties: (random, size) => filled(size, () => random.integer(5) - 2),
  wide: (random, size) => random.normal(size).map((value) => value * 2 ** (random.integer(25) - 12)),
}

/** Values of all 53 bits, where the kind has them: `rounded` cuts them to what a float32 backend is given. */
export function values(random: Random, shape: Shape, kind: ValueKind): NdArray {
  return { shape, data: draw[kind](random, sizeOf(shape)) }
}

/** Class indices in [0, classes). */
export function labels(random: Random, count: number, classes: number): NdArray {
  return { shape: [count], data: Int32Array.from({ length: count }, () => random.integer(classes)) }
}

export function map(array: NdArray, f: (value: number, index: number) => number): NdArray {
  const data = new Float64Array(array.data.length)
  for (let i = 0; i < data.length; i++) data[i] = f(array.data[i], i)
  return { shape: array.shape, data }
}

/** Plain loops, here and above: `Float64Array.from` with a function takes ten times as long. */
export function filled(length: number, f: (index: number) => number): Float64Array {
  const data = new Float64Array(length)
  for (let i = 0; i < length; i++) data[i] = f(i)
  return data
}

/** Labels stay as they are. */
export function absolute(array: NdArray): NdArray {
  return array.data instanceof Int32Array ? array : map(array, Math.abs)
}
