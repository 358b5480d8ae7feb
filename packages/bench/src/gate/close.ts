import { Violation } from '@convkit/conformance'

/**
 * Of the largest number, where no bound of use is known: what other libraries promise, and how far a whole net carries rounding
 * errors. A single image of a batch that is left out makes a far greater difference.
 */
export const loose = 1e-3

/** Throws a `Violation` unless every |got - expected| is at most `tolerance` times the largest |expected|. */
export function close(what: string, got: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number): void {
  if (got.length !== expected.length)
    throw new Violation(`${what} has ${got.length} elements, expected ${expected.length}`)
  let [largest, worst] = [0, 0]
  for (let i = 0; i < expected.length; i++) largest = Math.max(largest, Math.abs(expected[i]))
  for (let i = 0; i < expected.length; i++) worst = Math.max(worst, Math.abs(got[i] - expected[i]))
  // A NaN is not close to anything.
  if (!(worst <= tolerance * largest))
    throw new Violation(`${what} is off by ${worst.toExponential(1)}, with values up to ${largest.toExponential(1)}`)
}
