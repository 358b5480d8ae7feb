import type fc from 'fast-check'
import type { Case, NdArray } from './case.js'
import { changed } from './inputs.js'
import { map } from './values.js'

/** Cases of so few numbers that many calls of them are soon made. */
export function small(cases: fc.Arbitrary<Case>, most = 64): fc.Arbitrary<Case> {
  return cases.filter((c) => numbersIn(c) <= most)
}

/** Elements of all inputs and of dy. */
export function numbersIn({ inputs, dy }: Case): number {
  return Object.values(inputs).reduce((sum, { data }) => sum + data.length, dy?.data.length ?? 0)
}

/** Drawing a case takes as long as calling one of these a few times: the weight of laws that make the most of each. */
export const drawn = 5

/** The same shapes with other values everywhere: from last to first, with a few eighths added; the next labels. */
export function otherwise(c: Case): Case {
  const altered = ({ shape, data }: NdArray): NdArray => {
    const turned = { shape, data: data.toReversed() }
    if (data instanceof Int32Array) return { shape, data: data.map((label) => (label + 1) % Number(c.attrs.classes)) }
    return map(turned, (value, i) => Math.fround(value + (1 + ((5 * i) % 8)) / 8))
  }
  const inputs = Object.entries(c.inputs).map(([name, array]) => [name, altered(array)])
  // What is filled in is no operand.
  const attrs = 'value' in c.attrs ? { value: -Number(c.attrs.value) || 1 } : {}
  return changed(c, { inputs: Object.fromEntries(inputs), dy: c.dy && altered(c.dy), attrs })
}
