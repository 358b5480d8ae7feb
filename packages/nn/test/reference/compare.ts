import type { Outputs, Values } from './case.js'

/** One element that is not within its bound. */
export interface Failure {
  readonly tensor: string
  readonly index: number
  readonly expected: number
  readonly got: number
  readonly bound: number
}

/**
 * Pays for what the bounds leave out: they are computed in float64, from float64 values, and a float32 result is compared
 * with a float64 one, whose own error is 2^-29 of the bound.
 */
const slack = 1 + 2 ** -20

/** |got - expected| <= bound; a NaN is never within. */
export function within(got: number, expected: number, bound: number): boolean {
  return Object.is(got, expected) || Math.abs(got - expected) <= bound * slack
}

/** Holds every expected element against what was computed; an output that is missing or of another size fails at 0. */
export function compare(got: Outputs, expected: ReadonlyMap<string, Values>, bounds: Outputs): Failure[] {
  const failures: Failure[] = []
  for (const [tensor, { data }] of expected) {
    const [values, bound] = [got.get(tensor), bounds.get(tensor)]
    if (values?.length !== data.length || bound?.length !== data.length) {
      failures.push({ tensor, index: 0, expected: Number.NaN, got: Number.NaN, bound: Number.NaN })
      continue
    }
    for (const [index, want] of data.entries()) {
      const [value = Number.NaN, limit = 0] = [values[index], bound[index]]
      if (!within(value, want, limit)) failures.push({ tensor, index, expected: want, got: value, bound: limit })
    }
  }
  return failures
}
