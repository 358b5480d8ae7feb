import { type Shape, sizeOf } from '@convkit/api'
import type { Random } from '@convkit/data'
import type { Case, NdArray } from '../core/case.js'
import { landmarks } from '../core/sweep.js'
import { map, values } from '../core/values.js'

/**
 * `offset`: a mean thousands of times the deviation, where a variance in a single pass drowns. `flat`: deviations far
 * below sqrt(eps). `constant`: none at all. `mixed`: each group draws its own.
 */
export type Spread = 'plain' | 'offset' | 'flat' | 'constant' | 'mixed'

const kinds = ['plain', 'offset', 'flat', 'constant'] as const

/** x with the statistics of its groups made awkward. */
export function withSpread(random: Random, x: NdArray, group: Int32Array, spread: Spread): NdArray {
  const changes = new Map<number, (value: number) => number>()
  return map(x, (value, i) => {
    const change = changes.get(group[i]) ?? draw(random, spread, value)
    changes.set(group[i], change)
    return change(value)
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

/** x and dy of few numbers among zeros, along every axis: in sums of thousands that count none would be missed. */
export function sparseNorm(layer: string, attrs: Case['attrs'], shape: Shape, parameters: Shape, random: Random): Case {
  const sparse = (): NdArray => {
    const data = new Float64Array(sizeOf(shape))
    let places = [0]
    for (const length of shape) {
      const along = landmarks(random, length)
      places = places.flatMap((at) => along.map((place) => at * length + place))
    }
    const drawn = random.normal(places.length)
    for (const [k, at] of places.entries()) data[at] = drawn[k]
    return { shape, data }
  }
  const [gamma, beta] = [values(random, parameters, 'normal'), values(random, parameters, 'normal')]
  return { layer, attrs, inputs: { x: sparse(), gamma, beta }, dy: sparse() }
}
