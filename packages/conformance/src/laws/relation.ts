import type { Conventions, FloatDType } from '@convkit/api'
import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import type { Law, LayerSpec } from '../core/spec.js'
import { sum } from '../core/subject.js'
import { NothingToSay } from '../core/tally.js'

/** Two cases whose results determine one another. */
export interface Relation {
  readonly other: Case
  /** The other case's layer, where it is another one. */
  readonly spec?: LayerSpec
  /** Rearranges the other case's results into this case's; outputs that the law does not speak of are left out. */
  carry(results: Results): Results
  /** What of this case's own results is compared; default: whatever `carry` gives, as it is. */
  here?(results: Results): Results
}

const sides = ['in this call', 'by the call that the law relates to it, of the same backend'] as const

/**
 * A law that relates a case to another one. Both results carry their own bound, so they may differ by the sum of the
 * two; no other tolerance is needed. `relate` returns null where the law says nothing of a case. Both are under the backend's
 * conventions, each layer under its own.
 */
export function related(
  name: string,
  says: string,
  relate: (c: Case, conventions: Conventions, dtype: FloatDType) => Relation | null,
  cases?: Law['cases'],
): Law {
  return {
    name,
    says,
    ...(cases ? { cases } : {}),
    async check(subject, c) {
      const relation = relate(c, subject.unit.conventions, subject.dtype)
      if (!relation) throw new NothingToSay()
      const { other, spec, carry, here = (results) => results } = relation
      const there = spec ? subject.as(spec) : subject
      const bounds = sum(carry(await there.bounds(other)), here(await subject.bounds(c)))
      compare(`${name}: ${says}`, c, here(await subject.run(c)), carry(await there.run(other)), bounds, subject, sides)
    },
  }
}
