import type fc from 'fast-check'
import { oracleUnit } from '../core/arithmetic.js'
import { gamma } from '../core/bounds.js'
import type { Case, NdArray } from '../core/case.js'
import { compareNumber } from '../core/compare.js'
import { changed, each, inputOf, same } from '../core/inputs.js'
import type { Law, Neighbourhood, Subject } from '../core/spec.js'
import { NothingToSay } from '../core/tally.js'
import { map } from '../core/values.js'
import { variantOf } from '../core/variant.js'
import { adjoint } from '../laws/adjoint.js'
import { anywhere } from '../laws/centralDifference.js'
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

    related('scale', 'a factor on x, and its square on eps, leave y as it is', (c, _conventions, dtype) => {
      const factors = dtype === 'float32' ? [2 ** 40, 2 ** -30] : [2 ** 150, 2 ** -150]
      const k = factors[variantOf(c, factors.length)]
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
  if (layer.fixed) throw new NothingToSay()
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
    const inexact = share * (error * (1 + off) + off * Math.abs(value))
    const sums = [
      { output: 'sum(dx) over group', got: sum[g], expected: 0, bound: slack[g] },
      {
        output: 'sum(dx * (x - mean)) over group',
        got: along[g],
        expected: share * value,
        bound: alongSlack[g] + inexact,
      },
    ]
    for (const one of sums) compareNumber(c, { law: 'centred', index: [g], ...one }, subject.tally)
  }
}

/**
 * y is linear in gamma and beta, and in x where the statistics are given. Otherwise let d be a direction within a quarter
 * of sqrt(q) in each group, q = variance + eps: at x + t d, |t| <= 1, the group's q becomes q (1 + w) with
 * |w| <= 2/4 + 1/16, since deviations of d are at most sqrt(q) / 4 too. So |q (1 + w)|^(-1/2) < 1.52 / sqrt(q) is analytic,
 * and y - beta at most |gamma| (|x - mean| + 2 sqrt(q) / 4) times that.
 */
export function normNeighbourhood(c: Case, input: string, layer: Normalization): Neighbourhood {
  const { group, param, fixed } = layer
  const x = inputOf(c, input)
  if (input !== 'x' || fixed) return anywhere(x)
  const { mean, variance } = normalizationErrors({ ...layer, dy: undefined }, oracleUnit)
  const root = variance.map(({ value, error }) => Math.sqrt(Math.max(0, value - error) + layer.eps))
  let most = 0
  for (const [i, value] of layer.x.entries()) {
    const { value: centre, error } = mean[group[i]]
    const xhat = (Math.abs(value - centre) + error) / root[group[i]]
    most += Math.abs(layer.gamma[param[i]] * (layer.dy?.[i] ?? 0)) * 1.52 * (xhat + 0.5)
  }
  return { room: map(x, (_, i) => root[group[i]] / 4), most }
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
