import type { Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed, each } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { sum } from '../core/subject.js'
import { map } from '../core/values.js'

type Factors = { readonly [name: string]: number }

/**
 * Multiplying inputs (and `dy`) by powers of two multiplies each result by the power given for it, to the last bit:
 * rounding commutes with powers of two short of overflow and underflow, in whatever order sums run.
 */
export function scale(inputs: Factors, results: Factors): Law {
  const says = `${list(inputs)} give ${list(results)}, to the last bit`
  return {
    name: 'scale',
    says,
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
      const deterministic = subject.backend.arithmetic?.[subject.dtype]?.deterministic ?? true
      const bounds = deterministic
        ? Object.fromEntries(Object.entries(expected).map(([name, array]) => [name, map(array, () => 0)]))
        : sum(times(results)(await subject.bounds(c)), await subject.bounds(other))
      compare(`scale: ${says}`, c, await subject.run(other), expected, bounds)
    },
  }
}

function list(factors: Factors): string {
  return Object.entries(factors)
    .map(([name, factor]) => `${factor} ${name}`)
    .join(', ')
}
