import { sizeOf } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { Case, NdArray } from './case.js'
import { filled } from './values.js'

/** One size of a layer taken past every block that a kernel may be cut into, while the others stay small. */
export interface Sweep {
  /** `batch` */
  readonly name: string
  count(): number
  at(rank: number, random: Random): Case
  /** How results are known, where not by the layer's bounds. */
  readonly known?: Known
}

/**
 * `exact`: operands are whole numbers and all results too, far below 2^24, in whatever order sums run. A period: elements
 * repeat, and what holds for the first of them holds for all.
 */
export type Known = 'exact' | { readonly period: number }

/** A case for each item of a list; one that takes long to make is made when it is first needed. */
export function sweep<T>(
  name: string,
  items: readonly T[] | (() => readonly T[]),
  caseOf: (item: T, random: Random) => Case,
  known?: Known,
): Sweep {
  let listed: readonly T[] | undefined
  const all = () => {
    listed ??= typeof items === 'function' ? items() : items
    return listed
  }
  const at = (rank: number, random: Random) => caseOf(all()[rank], random)
  return { name, count: () => all().length, at, ...(known ? { known } : {}) }
}

/** Batches, channels, images, features, classes: powers of two, their neighbours, and some between. */
export const long = [
  33, 64, 65, 100, 128, 129, 255, 256, 257, 512, 513, 1000, 1023, 1024, 1025, 2049, 4096, 4097,
] as const
/** The same past 16 bits, with a sign and without, where the other sizes are small. */
export const vast = [...long, 32_769, 65_536, 65_537] as const
/** For results whose bounds take long to derive. */
export const longer = [...long, 65_537] as const
/** Numbers of elements: past 65,535 groups of 64 threads too, as many as a device starts at once. */
export const longest = [
  ...long,
  8192,
  16_383,
  16_384,
  16_385,
  32_769,
  65_535,
  65_536,
  65_537,
  131_073,
  2 ** 22 + 1,
] as const
/** Kernels, strides, dilations. */
export const short = [4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 32, 33, 65, 100, 128, 129, 255, 256, 257] as const
/** Padding of one side, in each place of `pad`. */
export const sides = [0, 1, 2, 3].flatMap((side) =>
  [5, 8, 9, 17, 33, 65, 257].map((pad): readonly [number, number, number, number] => {
    const at = (place: number) => (place === side ? pad : 0)
    return [at(0), at(1), at(2), at(3)]
  }),
)

/** The side of a square of more than 2^16 elements, also behind a kernel of 3 x 3. */
export const square = 260

/** Each size along the height alone, and along the width alone. */
export function alongEither(sizes: readonly number[], other: number): (readonly [number, number])[] {
  return sizes.flatMap((size) => [
    [size, other],
    [other, size],
  ])
}

/** Elements that a long vector repeats, so that what holds for them holds for all; prime, so that no block begins alike. */
export const period = 61

/** Prime, so that nothing that is cut in blocks begins anew with a block. */
const drawn = 509

/** Whole numbers from -3 to 3 without 0, so that every term of a sum shows. */
export function whole(random: Random, shape: NdArray['shape']): NdArray {
  const size = sizeOf(shape)
  const base = filled(Math.min(size, drawn), () => (1 + random.integer(3)) * (1 - 2 * random.integer(2)))
  return { shape, data: repeated(base, size) }
}

/** 1 and -1, for sums of so many terms that more would not be exact. */
export function signs(random: Random, shape: NdArray['shape']): NdArray {
  const size = sizeOf(shape)
  const base = filled(Math.min(size, drawn), () => 1 - 2 * random.integer(2))
  return { shape, data: repeated(base, size) }
}

/** So many elements, which are those given again and again. */
export function repeated(base: Float64Array, length: number): Float64Array {
  const data = new Float64Array(length)
  data.set(base.subarray(0, length))
  for (let done = base.length; done < length; done *= 2) data.copyWithin(done, 0, length - done)
  return data
}

/** Of `count` places, the ends, those around powers of two, and some others. */
export function landmarks(random: Random, count: number): number[] {
  const places = new Set([0, count - 2, count - 1])
  for (let power = 32; power < count; power *= 2) for (const at of [power - 1, power, power + 1]) places.add(at)
  for (let i = 0; i < 6; i++) places.add(random.integer(count))
  return [...places].filter((at) => at >= 0 && at < count)
}

/** The same sizes for a layer that takes the same operands. */
export function renamed(layer: string, sweeps: readonly Sweep[] = []): Sweep[] {
  return sweeps.map((own) => ({ ...own, at: (rank, random) => ({ ...own.at(rank, random), layer }) }))
}
