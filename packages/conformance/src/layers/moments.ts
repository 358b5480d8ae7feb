import { gamma } from '../core/bounds.js'
import type { NdArray } from '../core/case.js'
import type { Approx } from '../core/running.js'
import type { Unit } from '../core/spec.js'

/** The statistics of one group of elements, as computed. */
export interface Moments {
  readonly count: number
  readonly mean: Approx
  readonly variance: Approx
}

/**
 * Mean and biased two-pass variance of each group of K elements, in any order of summation.
 *
 * mean: K - 1 additions, at most two roundings for the division, one to store: gamma(K + 2) * mean(|x|). An error e of the
 * mean moves sum((x - mean)^2) / K by e^2 exactly, since deviations sum to 0; each square has two roundings of its
 * deviation and one of its own, then K - 1 additions, the division and the store: gamma(K + 5) * (variance + e^2).
 * (Higham 2002, problem 1.10.) A single pass, sum(x^2) / K - mean^2, errs by u * mean^2 and breaks this.
 */
export function moments(x: NdArray['data'], group: Int32Array, unit: Unit): Moments[] {
  const groups = 1 + group.reduce((a, b) => Math.max(a, b), 0)
  const [count, sum, magnitude, squares] = Array.from({ length: 4 }, () => new Float64Array(groups))
  for (let i = 0; i < x.length; i++) {
    count[group[i]]++
    sum[group[i]] += x[i]
    magnitude[group[i]] += Math.abs(x[i])
  }
  for (let i = 0; i < x.length; i++) squares[group[i]] += (x[i] - sum[group[i]] / count[group[i]]) ** 2
  return Array.from(count, (K, g) => {
    const mean = { value: sum[g] / K, error: gamma(K + 2, unit) * (magnitude[g] / K) + 4 * unit.eta }
    const variance = squares[g] / K
    const moved = mean.error ** 2
    return {
      count: K,
      mean,
      variance: { value: variance, error: moved + gamma(K + 5, unit) * (variance + moved) + 4 * unit.eta },
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
 * 1 / sqrt(q - dq) = 1 / sqrt(q) * (1 - dq / q)^(-1/2). For dq >= q nothing can be said.
 */
export function inverseRoot(variance: Approx, eps: number, unit: Unit): InverseRoot {
  const q = variance.value + eps
  const inexact = variance.error + unit.u * eps
  const dq = inexact + unit.u * (q + inexact) + 2 * unit.eta
  const roundings = gamma(2 * unit.ulps.sqrt + 2 * unit.ulps.divide + 1, unit)
  const relative = dq < q ? Math.expm1(Math.log1p(roundings) - Math.log1p(-dq / q) / 2) : Number.POSITIVE_INFINITY
  return { value: 1 / Math.sqrt(q), relative }
}
