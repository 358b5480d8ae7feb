import type fc from 'fast-check'
import type { Case, NdArray } from './case.js'
import { changed } from './inputs.js'

/** Cases of so few numbers that many calls of them are soon made. */
export function small(cases: fc.Arbitrary<Case>, most = 64): fc.Arbitrary<Case> {
  return cases.filter(({ inputs, dy }) => {
    let numbers = dy?.data.length ?? 0
    for (const { data } of Object.values(inputs)) numbers += data.length
    return numbers <= most
  })
}

/** Drawing a case takes as long as calling one of these a few times: the weight of laws that make the most of each. */
export const drawn = 5

/** The same shapes with other values: from last to first. */
export function otherwise(c: Case): Case {
  const turned = ({ shape, data }: NdArray): NdArray => ({ shape, data: data.toReversed() })
  const inputs = Object.entries(c.inputs).map(([name, array]) => [name, turned(array)])
  return changed(c, { inputs: Object.fromEntries(inputs), dy: c.dy && turned(c.dy) })
}
