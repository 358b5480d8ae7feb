import type { Case } from './case.js'

/** Which of so many ways a law tries on a case: always the same for one case, and all of them over many. */
export function variantOf(c: Case, count: number): number {
  let sum = 0
  for (const { shape } of Object.values(c.inputs)) for (const length of shape) sum += length
  return sum % count
}
