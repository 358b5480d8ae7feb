import { type Shape, sizeOf } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { NdArray } from './case.js'

/**
 * `normal`: standard normal. `dyadic`: multiples of 1/8 in [-4, 4], whose sums and products are exact, so that laws
 * which add or scale inputs compare like with like. `ties`: one of five integers, so that windows hold equal maxima.
 * `wide`: normal times 2^k, k in [-12, 12], so that a constant tolerance is wrong somewhere.
 */
export type ValueKind = 'normal' | 'dyadic' | 'ties' | 'wide'

const draw: { readonly [K in ValueKind]: (random: Random) => number } = {
  normal,
  dyadic: (random) => (random.integer(65) - 32) / 8,
  ties: (random) => random.integer(5) - 2,
  wide: (random) => normal(random) * 2 ** (random.integer(25) - 12),
}

/** `random.normal(1)` to the last bit, without a sampler for each number (Marsaglia and Bray 1964). */
function normal(random: Random): number {
  let [y, r] = [0, 0]
  do {
    const x = random.uniform() * 2 - 1
    y = random.uniform() * 2 - 1
    r = x * x + y * y
  } while (r === 0 || r > 1)
  return y * Math.sqrt((-2 * Math.log(r)) / r)
}

/** Values are rounded to float32, so that both dtypes see the same numbers and the oracle's inputs are exact. */
export function values(random: Random, shape: Shape, kind: ValueKind): NdArray {
  const data = new Float64Array(sizeOf(shape))
  const sample = draw[kind]
  for (let i = 0; i < data.length; i++) data[i] = Math.fround(sample(random))
  return { shape, data }
}

/** Class indices in [0, classes). */
export function labels(random: Random, count: number, classes: number): NdArray {
  return { shape: [count], data: Int32Array.from({ length: count }, () => random.integer(classes)) }
}

export function map(array: NdArray, f: (value: number, index: number) => number): NdArray {
  // A plain loop: `Float64Array.from` with a function takes several times as long.
  const data = new Float64Array(array.data.length)
  for (let i = 0; i < data.length; i++) data[i] = f(array.data[i], i)
  return { shape: array.shape, data }
}

/** Labels stay as they are. */
export function absolute(array: NdArray): NdArray {
  return array.data instanceof Int32Array ? array : map(array, Math.abs)
}
