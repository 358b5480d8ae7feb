import type { Random } from '@convkit/data'
import type { NdArray } from '../core/case.js'
import { map } from '../core/values.js'

/**
 * `offset`: a mean thousands of times the deviation, where a variance in a single pass drowns. `flat`: deviations far
 * below sqrt(eps). `constant`: none at all. `mixed`: each group draws its own.
 */
export type Spread = 'plain' | 'offset' | 'flat' | 'constant' | 'mixed'

const kinds = ['plain', 'offset', 'flat', 'constant'] as const

/** x with the statistics of its groups made awkward; values stay exact in float32. */
export function withSpread(random: Random, x: NdArray, group: Int32Array, spread: Spread): NdArray {
  const changes = new Map<number, (value: number) => number>()
  return map(x, (value, i) => {
    const change = changes.get(group[i]) ?? draw(random, spread, value)
    changes.set(group[i], change)
    return Math.fround(change(value))
  })
}

function draw(random: Random, spread: Spread, first: number): (value: number) => number {
  const kind = spread === 'mixed' ? kinds[random.integer(kinds.length)] : spread
  const offset = (random.integer(2) * 2 - 1) * 2 ** (6 + random.integer(7))
  return {
    plain: (value: number) => value,
    offset: (value: number) => value + offset,
    flat: (value: number) => value * 2 ** -10,
    constant: () => first,
  }[kind]
}
