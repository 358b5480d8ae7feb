import type fc from 'fast-check'
import type { Case, NdArray, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { sum } from '../core/subject.js'
import { map } from '../core/values.js'

/**
 * The results of a sum of inputs are the sums of their results. `inputs` (and `dy`, where it is named) vary together;
 * `results` are those that are linear in them. `cases` must be dyadic, so that the inputs' sum is exact.
 */
export function additivity(inputs: readonly string[], results: readonly string[], cases: fc.Arbitrary<Case>): Law {
  const says = `${results.join(' and ')} of a sum of ${inputs.join(', ')} are the sums of their own`
  return {
    name: 'additivity',
    says,
    cases,
    async check(subject, c) {
      const vary = (change: (array: NdArray) => NdArray): Case => {
        const changes: { [name: string]: NdArray } = {}
        for (const name of inputs) {
          const array = c.inputs[name]
          if (array) changes[name] = change(array)
        }
        return changed(c, { inputs: changes, dy: c.dy && inputs.includes('dy') ? change(c.dy) : c.dy })
      }
      const second = vary(reversed)
      const both = vary((array) => add(array, reversed(array)))
      const pick = (all: Results): Results =>
        Object.fromEntries(Object.entries(all).filter(([name]) => results.includes(name)))
      const [first, then] = [pick(await subject.run(c)), await subject.run(second)]
      const bounds = sum(sum(pick(await subject.bounds(c)), await subject.bounds(second)), await subject.bounds(both))
      // Adding up the two results on the host rounds as well.
      const total = sum(first, then)
      const slack = Object.fromEntries(
        Object.entries(total).map(([name, a]) => [name, map(a, (value) => 2 ** -53 * Math.abs(value))]),
      )
      compare(`additivity: ${says}`, c, await subject.run(both), total, sum(bounds, slack), subject, sides)
    },
  }
}

const sides = ['of the sum of two inputs', 'as the sum of the results of each'] as const

/** Other values of the same kind: the elements from last to first. */
export function reversed(array: NdArray): NdArray {
  const last = array.data.length - 1
  return map(array, (_, i) => array.data[last - i])
}

function add(a: NdArray, b: NdArray): NdArray {
  return map(a, (value, i) => value + b.data[i])
}
