import { createHash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Whole numbers from `low` to `high`, both included. */
export type Random = (low: number, high: number) => number

/** The same numbers for the same seed and name. */
export function randomOf(seed: number, name: string): Random {
  const generator = xoroshiro128plus(createHash('sha256').update(`${seed} ${name}`).digest().readInt32LE())
  return (low, high) => uniformInt(generator, low, high)
}
