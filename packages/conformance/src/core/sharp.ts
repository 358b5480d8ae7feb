import { type Shape, sizeOf } from '@convkit/api'
import { Random } from '@convkit/data'
import type { Case, NdArray } from './case.js'
import { seedOf } from './seed.js'
import { map } from './values.js'

/** Random numbers that depend on the case alone, so that it is sharpened the same way each time. */
export function randomOf({ layer, inputs }: Case): Random {
  const [first] = Object.values(inputs)
  return new Random(seedOf(first.data.length, `${layer} ${first.data[0]} ${first.data.at(-1)}`))
}

/** Of that shape, for a case whose values `sharpen` makes from this seed. */
export function toSharpen(shape: Shape, seed: number): NdArray {
  return { shape, data: new Float64Array(sizeOf(shape)).fill(seed) }
}

/** Small whole numbers, one in eight of 12 bits and odd, so that it shows when it is rounded to the 11 of TF32. */
export function wholeNumbers(random: Random, array: NdArray): NdArray {
  const sign = () => (random.uniform() < 0.5 ? -1 : 1)
  return map(array, () => sign() * (random.uniform() < 1 / 8 ? 2049 + 2 * random.integer(1024) : 1 + random.integer(4)))
}
