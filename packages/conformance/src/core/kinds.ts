import type { FloatDType } from '@convkit/api'
import type { Case, Results } from './case.js'
import { alike, fail, unravel } from './compare.js'
import { largest } from './numbers.js'

/**
 * Throws a `Violation` for the first element that is NaN, an infinity or finite where the definition's is something else.
 * What is finite in float64 but beyond the largest number of the dtype may be an infinity.
 */
export function compareKinds(law: string, c: Case, got: Results, expected: Results, dtype: FloatDType): void {
  for (const [name, right] of Object.entries(expected)) {
    const values = alike(name, got[name], right, c)
    for (let i = 0; i < values.expected.length; i++) {
      const [seen, value] = [values.got[i], values.expected[i]]
      if (kind(seen) === kind(value) || kind(seen) === kind(overflowed(value, dtype))) continue
      const index = unravel(i, right.shape)
      fail(c, dtype, {
        law,
        output: name,
        index,
        expected: value,
        got: seen,
        bound: 0,
        broken: 1,
        of: right.data.length,
      })
    }
  }
}

function overflowed(value: number, dtype: FloatDType): number {
  return Math.abs(value) > largest[dtype] ? Math.sign(value) * Number.POSITIVE_INFINITY : value
}

function kind(value: number): string {
  return Number.isFinite(value) ? 'finite' : String(value)
}
