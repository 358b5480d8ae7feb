import type fc from 'fast-check'
import { oracleUnit } from '../core/arithmetic.js'
import { gamma } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { changed, each, inputOf, same } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import type { Subject } from '../core/subject.js'
import { map } from '../core/values.js'
import { Violation } from '../core/violation.js'
import { adjoint } from '../laws/adjoint.js'
import { related } from '../laws/relation.js'
import { inverseRoot } from './moments.js'
import { type Normalization, normalizationErrors } from './normalization.js'

/** How a normalising layer sees one of its cases. */
export type View = (c: Case) => Normalization

const times = (factor: number) => (array: NdArray) => map(array, (value) => factor * value)

/** What batchNorm, layerNorm and groupNorm share; `dyadic` are cases whose sums are exact. */
export function normLaws(view: View, dyadic: fc.Arbitrary<Case>): Law[] {
  return [
    { ...adjoint({ gamma: 'dgamma' }, 'beta'), name: 'gamma' },

    related(
      'shift',
      'a constant added to all elements of a group changes its mean and nothing else',
      (c) => {
        const { group, fixed } = view(c)
        const constant = (g: number) => 16 * ((g % 5) - 2)
        const shifted = (array: NdArray) => map(array, (value, i) => value + constant(group[i]))
        const moved = {
          x: shifted,
          ...(fixed ? { runningMean: (m: NdArray) => map(m, (v, g) => v + constant(g)) } : {}),
        }
        return {
          other: changed(c, { inputs: each(c.inputs, moved) }),
          carry: (r) => each(r, { y: same, dx: same, dgamma: same, dbeta: same, variance: same, runningVar: same }),
        }
      },
      dyadic,
    ),

    related('scale', 'a factor on x, and its square on eps, leave y as it is', (c) => {
      const k = 8
      const scaled = { x: times(k), runningMean: times(k), runningVar: times(k * k) }
      return {
        other: changed(c, { inputs: each(c.inputs, scaled), attrs: { eps: view(c).eps * k * k } }),
        carry: (r) =>
          each(r, {
            y: same,
            dx: times(k),
            dgamma: same,
            dbeta: same,
            mean: times(1 / k),
            variance: times(1 / (k * k)),
            runningMean: times(1 / k),
            runningVar: times(1 / (k * k)),
          }),
      }
    }),

    {
      name: 'centred',
      says: 'over each group sum(dx) = 0 and sum(dx * (x - mean)) = eps / (variance + eps) * sum(gamma * dy * xhat)',
      check: (subject, c) => centred(subject, c, view(c)),
    },
  ]
}

/** Moving a group as a whole, or scaling it, hardly changes y: dx has no part along either direction. */
async function centred(subject: Subject, c: Case, layer: Normalization): Promise<void> {
  if (layer.fixed) return
  const dx = (await subject.run(c)).dx.data
  const bounds = (await subject.bounds(c)).dx.data
  const { mean, variance, pull } = normalizationErrors(layer, oracleUnit)
  const [sum, slack, along, alongSlack] = Array.from({ length: 4 }, () => new Float64Array(mean.length))
  for (let i = 0; i < dx.length; i++) {
    const g = layer.group[i]
    const { value, error } = mean[g]
    const d = layer.x[i] - value
    const rounding = gamma(dx.length + 4, oracleUnit) * Math.abs(dx[i])
    sum[g] += dx[i]
    slack[g] += bounds[i] + rounding
    along[g] += dx[i] * d
    alongSlack[g] += (bounds[i] + rounding) * (Math.abs(d) + error) + Math.abs(dx[i]) * error
  }
  for (const [g, { value, error }] of pull.entries()) {
    const { value: root, relative } = inverseRoot(variance[g], layer.eps, oracleUnit)
    const share = layer.eps * root * root
    const off = 2 * relative * (1 + relative) + gamma(4, oracleUnit)
    holds(c, 'sum(dx)', g, sum[g], 0, slack[g])
    const inexact = share * (error * (1 + off) + off * Math.abs(value))
    holds(c, 'sum(dx * (x - mean))', g, along[g], share * value, alongSlack[g] + inexact)
  }
}

function holds(c: Case, output: string, g: number, got: number, expected: number, bound: number): void {
  if (Math.abs(got - expected) <= bound) return
  throw new Violation(
    `${c.layer}: centred: ${output} over group ${g} is ${got}, expected ${expected} within ${bound.toExponential(2)}`,
    { case: c, evidence: { law: 'centred', output, index: [g], expected, got, bound, broken: 1, of: 1 } },
  )
}

/** Whether the smallest sqrt(variance + eps) is far larger than a step, so that y is nearly straight along it. */
export function smoothNorm(layer: Normalization, step: number): boolean {
  const { variance } = normalizationErrors({ ...layer, dy: undefined }, oracleUnit)
  return variance.every(({ value }) => Math.sqrt(value + layer.eps) > 50 * step)
}

/** The inputs that every normalising layer has. */
export function affineInputs(c: Case): Pick<Normalization, 'x' | 'dy' | 'gamma' | 'beta'> {
  return {
    x: inputOf(c, 'x').data,
    dy: c.dy?.data,
    gamma: inputOf(c, 'gamma').data,
    beta: inputOf(c, 'beta').data,
  }
}
