import { gamma } from '../core/bounds.js'
import type { NdArray } from '../core/case.js'
import { exactBelow, gridOf } from '../core/grid.js'
import { type Approx, exact } from '../core/running.js'
import type { Unit } from '../core/unit.js'
import { type InverseRoot, inverseRoot, moments } from './moments.js'

/** Which elements a normalisation takes together. */
export interface Grouping {
  /** For each element, whose statistics it shares. */
  readonly group: Int32Array
  /** For each element, its gamma and beta. */
  readonly param: Int32Array
}

/** What batchNorm, layerNorm and groupNorm have in common. */
export interface Normalization extends Grouping {
  readonly x: NdArray['data']
  readonly dy: NdArray['data'] | undefined
  readonly gamma: NdArray['data']
  readonly beta: NdArray['data']
  readonly eps: number
  /** Statistics that are given, not computed: test mode. One for each group. */
  readonly fixed?: { readonly mean: NdArray['data']; readonly variance: NdArray['data'] }
  /** How far x and dy are off to begin with, where they come out of other layers; default: not at all. */
  readonly off?: { readonly x: NdArray['data']; readonly dy?: NdArray['data'] }
}

/** How far each result may be off, under its name; and what its groups have in common. */
export interface NormalizationErrors {
  readonly errors: { readonly [result: string]: ArrayLike<number> }
  readonly mean: readonly Approx[]
  readonly variance: readonly Approx[]
  /** sum(gamma * dy * xhat) over each group. */
  readonly pull: readonly Approx[]
}

const errorOf = ({ error }: Approx) => error

/** 0 * Infinity, where nothing is known of the statistics. */
const known = (bound: number) => (Number.isNaN(bound) ? Number.POSITIVE_INFINITY : bound)

/** (1 + a)(1 + b) - 1, which the subtraction would drown in float64. */
const both = (a: number, b: number) => a + b + a * b

/**
 * With d = x - mean, e the mean's error and r that of 1/sqrt, a computed xhat is (d + e)(1 + r)(1 + two roundings) / sigma.
 * The error splits in a part that all elements of the group share, `shift` = e (1 + r) / sigma, and one of its `own`. The
 * shared part moves a sum of t * xhat by shift * |sum(t)|, not shift * sum(|t|): so the bound stays of use where the mean
 * is large.
 *
 * y may also be computed as x * k + (beta - mean * k), k = gamma / sigma, which costs `folded`. In test mode the
 * statistics are exact. What x and dy are off by counts as each element's own.
 */
export function normalizationErrors(layer: Normalization, unit: Unit): NormalizationErrors {
  const { x, dy, eps, group, param, fixed } = layer
  const { u, eta } = unit
  const offBy = (off: NdArray['data'] | undefined) => off ?? new Float64Array(x.length)
  const [ex, edy] = [offBy(layer.off?.x), offBy(layer.off?.dy)]
  const stats = fixed
    ? Array.from(fixed.mean, (mean, g) => ({ count: 1, mean: exact(mean), variance: exact(fixed.variance[g]) }))
    : moments(x, group, unit, ex)
  const inv = stats.map(({ variance }) => inverseRoot(variance, eps, unit))
  const shift = stats.map(({ mean }, g) => inv[g].value * (1 + inv[g].relative) * mean.error)
  const twice = both(u, u)
  const [gamma2, gamma3, gamma4] = [2, 3, 4].map((k) => gamma(k, unit))
  const gamma8 = gamma(8 + Math.max(0, 2 * unit.ulps.divide - 1), unit)

  const [xhat, own, y] = Array.from({ length: 3 }, () => new Float64Array(x.length))
  for (let i = 0; i < x.length; i++) {
    const g = group[i]
    const { value: root, relative: r } = inv[g]
    const { mean } = stats[g]
    const d = x[i] - mean.value
    const scale = Math.abs(layer.gamma[param[i]])
    const offset = Math.abs(layer.beta[param[i]])
    xhat[i] = d * root
    const brought = ex[i] * (1 + r) * (1 + twice)
    own[i] = root * (Math.abs(d) * both(r, twice) + brought + mean.error * (1 + r) * twice) + (root + 1) * eta
    const off = shift[g] + own[i]
    const folded = gamma4 * root * (1 + r) * (Math.abs(x[i]) + ex[i] + Math.abs(mean.value) + mean.error)
    // Products with gamma first, or folded, may underflow before they are multiplied by 1/sigma or x.
    const underflow = (scale + root * (1 + r) + Math.abs(x[i]) + Math.abs(mean.value) + 6) * eta
    y[i] = scale * (off + folded) + gamma3 * (scale * (Math.abs(xhat[i]) + off) + offset) + underflow
  }
  const [mean, variance] = [stats.map((group) => group.mean), stats.map((group) => group.variance)]
  const ofForward = { y: y.map(known), mean: mean.map(errorOf), variance: variance.map(errorOf) }
  if (!dy) return { errors: ofForward, mean, variance, pull: [] }

  const groups = stats.length
  // Adding 0 is exact, in whatever order: only terms that are not 0 count.
  const [terms, sumT, absT, sumTXhat, spread, sizes, brought] = Array.from(
    { length: 7 },
    () => new Float64Array(groups),
  )
  const [t, et, dx] = Array.from({ length: 3 }, () => new Float64Array(x.length))
  for (let i = 0; i < x.length; i++) {
    const g = group[i]
    t[i] = layer.gamma[param[i]] * dy[i]
    et[i] = Math.abs(layer.gamma[param[i]]) * edy[i]
    const size = Math.abs(t[i])
    const reach = Math.abs(xhat[i]) + shift[g] + own[i]
    if (size + et[i] !== 0) terms[g]++
    sumT[g] += t[i]
    absT[g] += size + et[i]
    sumTXhat[g] += t[i] * xhat[i]
    spread[g] += size * own[i] + et[i] * reach
    sizes[g] += (size + et[i]) * reach
    brought[g] += et[i]
  }
  const push = stats.map(({ count: K }, g) => ({
    value: sumT[g],
    error: brought[g] + gamma(terms[g] + 1, unit) * absT[g] + 2 * K * eta,
  }))
  const pull = stats.map(({ count: K }, g) => ({
    value: sumTXhat[g],
    // t (x - mean) may underflow before it is divided by sigma.
    error:
      shift[g] * Math.abs(sumT[g]) +
      spread[g] +
      gamma(terms[g] + 2, unit) * sizes[g] +
      (4 + inv[g].value * (1 + inv[g].relative)) * K * eta,
  }))

  for (let i = 0; i < x.length; i++) {
    const g = group[i]
    const { count: K } = stats[g]
    const { value: root, relative } = inv[g]
    const r = both(relative, gamma2)
    const size = Math.abs(t[i]) + et[i]
    // Where xhat is not computed, a coefficient that underflows meets x - mean or x.
    const underflow =
      (6 * (1 + Math.abs(layer.gamma[param[i]])) + Math.abs(x[i] - stats[g].mean.value)) * eta + unit.absolute.divide
    if (fixed) {
      dx[i] = root * (r * size + (1 + r) * (et[i] + u * size + underflow)) + 4 * eta
      continue
    }
    const off = shift[g] + own[i]
    const pulled = Math.abs(pull[g].value) + pull[g].error
    const inner = t[i] - (push[g].value + xhat[i] * pull[g].value) / K
    const moved = push[g].error + Math.abs(xhat[i]) * pull[g].error + off * pulled
    // t, the products and quotients by K, and the two subtractions, in whatever order: at most 8 roundings each.
    const rounding =
      gamma8 * (size + (Math.abs(push[g].value) + push[g].error + (Math.abs(xhat[i]) + off) * pulled) / K)
    dx[i] =
      root * (r * Math.abs(inner) + (1 + r) * (et[i] + moved / K + rounding + underflow)) + (4 + Math.abs(x[i])) * eta
  }
  const ofBackward = { dx: dx.map(known), ...parameterErrors(layer, { dy, edy }, xhat, own, shift, inv, unit) }
  return { errors: { ...ofForward, ...ofBackward }, mean, variance, pull }
}

/**
 * dgamma sums dy * xhat, dbeta dy, over all elements of a parameter: L products, L - 1 additions and a store, where L counts
 * the dy that are not 0. Whole numbers have an exact dbeta.
 */
function parameterErrors(
  { group, param, gamma: gain }: Normalization,
  { dy, edy }: { readonly dy: NdArray['data']; readonly edy: NdArray['data'] },
  xhat: Float64Array,
  own: Float64Array,
  shift: readonly number[],
  inv: readonly InverseRoot[],
  unit: Unit,
): { dgamma: Float64Array; dbeta: Float64Array } {
  const groups = shift.length
  const [uses, spread, sizes, absDy, brought, roots] = Array.from({ length: 6 }, () => new Float64Array(gain.length))
  // The shift is common to those elements of a parameter that share a group.
  const together = new Map<number, number>()
  for (let i = 0; i < dy.length; i++) {
    const p = param[i]
    const g = group[i]
    const size = Math.abs(dy[i])
    const reach = Math.abs(xhat[i]) + shift[g] + own[i]
    if (size + edy[i] !== 0) uses[p]++
    absDy[p] += size + edy[i]
    brought[p] += edy[i]
    spread[p] += size * own[i] + edy[i] * reach
    sizes[p] += (size + edy[i]) * reach
    roots[p] += inv[g].value * (1 + inv[g].relative)
    together.set(p * groups + g, (together.get(p * groups + g) ?? 0) + dy[i])
  }
  const dgamma = spread.map(
    (error, p) => error + gamma(uses[p] + 2, unit) * sizes[p] + (4 * uses[p] + roots[p]) * unit.eta,
  )
  for (const [key, sum] of together) dgamma[Math.floor(key / groups)] += shift[key % groups] * Math.abs(sum)
  const exact = brought.some((error) => error > 0) ? 0 : exactBelow(gridOf({ data: dy }), unit)
  const dbeta = brought.map((error, p) =>
    absDy[p] < exact ? 0 : error + gamma(uses[p], unit) * absDy[p] + uses[p] * unit.eta,
  )
  return { dgamma: dgamma.map(known), dbeta }
}
