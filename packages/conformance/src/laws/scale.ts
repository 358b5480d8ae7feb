import type { Results } from '../core/case.js'
import { changed, each } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'
import { sameBits } from './hygiene.js'

type Factors = { readonly [name: string]: number }

/**
 * Multiplying inputs (and `dy`) by powers of two multiplies each result by the power given for it, to the last bit:
 * rounding commutes with powers of two short of overflow and underflow, in whatever order sums run, if it is the same.
 */
export function scale(inputs: Factors, results: Factors): Law {
  const says = `${list(inputs)} give ${list(results)}, to the last bit`
  return {
    name: 'scale',
    says,
    needs: 'deterministic',
    async check(subject, c) {
      const times = (factors: Factors) => (arrays: Results) =>
        each(
          arrays,
          Object.fromEntries(Object.entries(factors).map(([name, k]) => [name, (a) => map(a, (v) => k * v)])),
        )
      const other = changed(c, {
        inputs: times(inputs)(c.inputs),
        dy: c.dy && map(c.dy, (value) => (inputs.dy ?? 1) * value),
      })
      const expected = times(results)(await subject.run(c))
      sameBits(`scale: ${says}`, c, await subject.run(other), expected, [
        'with the inputs multiplied',
        'as its multiple of the result without',
      ])
    },
  }
}

function list(factors: Factors): string {
  return Object.entries(factors)
    .map(([name, factor]) => `${factor} ${name}`)
    .join(', ')
}
