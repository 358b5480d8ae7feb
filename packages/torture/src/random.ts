import { createHash } from 'node:crypto'
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Whole numbers from `low` to `high`, both included. */
export type Random = (low: number, high: number) => number

export function pick<T>(items: readonly T[], random: Random): T {
  if (items.length === 0) throw new Error('there is nothing to pick from')
  return items[random(0, items.length - 1)]
}

/** The same numbers for the same seed and name. */
export function randomOf(seed: number, name: string): Random {
  const generator = xoroshiro128plus(createHash('sha256').update(`${seed} ${name}`).digest().readInt32LE())
  return (low, high) => uniformInt(generator, low, high)
}
