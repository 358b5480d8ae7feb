import { compare } from '@convkit/conformance/internal/core/compare'
import { Violation } from '@convkit/conformance/internal/core/violation'
import type { Rule } from './rule.js'

/** The bounds of this suite as one rule among others: no law, no sweep, nothing that looks at more than one output. */
export const derivedBounds: Rule = {
  name: 'derived bounds',
  source: 'docs/numerics.md',
  says: '|got - expected| <= the bound derived for that element of that case from the unit roundoff',
  scope: 'all layers, outputs, gradients and steps, float32 and float64',
  reference: 'the definition in float64',
  draws: 'these cases',
  nonFinite:
    'NaN agrees with NaN, an infinity with itself; an infinity is right where the bound reaches beyond the dtype',
  judge({ case: c, dtype, output, got, expected, bound }) {
    if (!bound) return null
    try {
      compare('rule', c, { [output]: got }, { [output]: expected }, { [output]: bound }, { dtype })
      return true
    } catch (error) {
      if (error instanceof Violation) return false
      throw error
    }
  },
}
