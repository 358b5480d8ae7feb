import { gamma } from '../core/bounds.js'
import type { NdArray } from '../core/case.js'
import type { Approx } from '../core/running.js'
import type { Unit } from '../core/unit.js'

/** The statistics of one group of elements, as computed. */
export interface Moments {
  readonly count: number
  readonly mean: Approx
  readonly variance: Approx
}

/**
 * Mean and biased two-pass variance of each group of K elements, in any order of summation.
 *
 * mean: K - 1 additions, at most two roundings for a division (more where divisions are declared to be worse), one to store:
 * gamma(K + 2) * mean(|x|). An error e of the
 * mean moves sum((x - mean)^2) / K by e^2 exactly, since deviations sum to 0; each square has two roundings of its
 * deviation and one of its own, then K - 1 additions, the division and the store: gamma(K + 5) * (variance + e^2).
 * (Higham 2002, problem 1.10.) A single pass, sum(x^2) / K - mean^2, errs by u * mean^2 and breaks this.
 *
 * Elements that are off by e_i to begin with move the mean by mean(e), and, since deviations d sum to 0, the variance by at
 * most mean(2 |d| e + e^2).
 */
export function moments(x: NdArray['data'], group: Int32Array, unit: Unit, off?: NdArray['data']): Moments[] {
  const groups = 1 + group.reduce((a, b) => Math.max(a, b), 0)
  // Beyond the one ulp that a quotient or a product with a reciprocal has.
  const division = Math.max(0, 2 * unit.ulps.divide - 1)
  const [count, sum, magnitude, squares, shift, swell] = Array.from({ length: 6 }, () => new Float64Array(groups))
  for (let i = 0; i < x.length; i++) {
    const e = off ? off[i] : 0
    count[group[i]]++
    sum[group[i]] += x[i]
    magnitude[group[i]] += Math.abs(x[i]) + e
    shift[group[i]] += e
  }
  for (let i = 0; i < x.length; i++) {
    const d = x[i] - sum[group[i]] / count[group[i]]
    const e = off ? off[i] : 0
    squares[group[i]] += d ** 2
    swell[group[i]] += 2 * Math.abs(d) * e + e ** 2
  }
  return Array.from(count, (K, g) => {
    const rounding = gamma(K + 2 + division, unit) * (magnitude[g] / K) + 4 * unit.eta + unit.absolute.divide
    const [variance, brought] = [squares[g] / K, swell[g] / K]
    const moved = rounding ** 2
    return {
      count: K,
      mean: { value: sum[g] / K, error: shift[g] / K + rounding },
      variance: {
        value: variance,
        error:
          brought +
          moved +
          gamma(K + 5 + division, unit) * (variance + brought + moved) +
          4 * unit.eta +
          unit.absolute.divide,
      },
    }
  })
}

/** 1 / sqrt(variance + eps) and its relative error. */
export interface InverseRoot {
  readonly value: number
  readonly relative: number
}

/**
 * q = variance + eps, with eps and the sum rounded, then a root and a division. For dq < q the worst case is from below:
 * 1 / sqrt(q - dq) = 1 / sqrt(q) * (1 - dq / q)^(-1/2). For dq >= q nothing can be said. What the functions err in absolute
 * terms is relative to the root, and to its inverse.
 */
export function inverseRoot(variance: Approx, eps: number, unit: Unit): InverseRoot {
  const { u, eta, ulps, absolute } = unit
  const q = variance.value + eps
  const inexact = variance.error + u * eps
  const dq = inexact + u * (q + inexact) + 2 * eta
  const roundings = gamma(2 * ulps.sqrt + 2 * ulps.divide + 1, unit)
  const value = 1 / Math.sqrt(q)
  const ofRoot = absolute.sqrt / Math.sqrt(Math.max(0, q - dq))
  if (!(dq < q) || ofRoot >= 1) return { value, relative: Number.POSITIVE_INFINITY }
  const grown = Math.log1p(roundings) - Math.log1p(-dq / q) / 2 - Math.log1p(-ofRoot)
  return { value, relative: Math.expm1(grown) + absolute.divide / value }
}
