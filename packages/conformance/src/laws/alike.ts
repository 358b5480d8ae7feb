import type { Case, Results } from '../core/case.js'
import { whyUnclaimed } from '../core/claims.js'
import { compare } from '../core/compare.js'
import type { Subject } from '../core/spec.js'
import { sum } from '../core/subject.js'
import type { Sides } from '../core/violation.js'
import { sameBits } from './sameBits.js'

/**
 * Two runs of one call give the same bits. Those of kernels that declare to give other bits every time are each within their
 * bound, and apart by no more than twice that.
 */
export async function sameRuns(
  law: string,
  subject: Subject,
  c: Case,
  got: Results,
  expected: Results,
  sides?: Sides,
): Promise<void> {
  const { backend, dtype, spec } = subject
  if (whyUnclaimed(backend, { needs: 'deterministic', dtype, layer: spec.layer }) === null)
    return sameBits(law, c, got, expected, sides)
  const bounds = await subject.bounds(c)
  const shared = Object.entries(sum(bounds, bounds)).filter(([name]) => name in expected)
  compare(law, c, got, expected, Object.fromEntries(shared), subject, sides)
}
