import { compare } from '../core/compare.js'
import { inputOf } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'

/**
 * y by another formula, in float64. What it loses by cancelling, a few roundings of `magnitude`, is added to the bound; by
 * default those of x.
 */
export function otherForm(
  name: string,
  says: string,
  y: (x: number) => number,
  magnitude: (x: number) => number = Math.abs,
): Law {
  return {
    name,
    says,
    async check(subject, c) {
      const x = inputOf(c, 'x')
      const { y: bounds } = await subject.bounds(c)
      const bound = map(bounds, (bound, i) => bound + 8 * 2 ** -53 * magnitude(x.data[i]))
      const { y: got } = await subject.run(c)
      compare(`${name}: ${says}`, c, { y: got }, { y: map(x, y) }, { y: bound }, subject)
    },
  }
}
