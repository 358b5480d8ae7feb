import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { map } from '../core/values.js'
import type { Sides } from '../core/violation.js'

/** Bit for bit, over the outputs of `expected`. */
export function sameBits(law: string, c: Case, got: Results, expected: Results, sides?: Sides): void {
  const none = Object.entries(expected).map(([name, array]) => [name, map(array, () => 0)])
  compare(law, c, got, expected, Object.fromEntries(none), { dtype: 'float64' }, sides)
}
