import { at, gamma, type Precision } from './rounding.js'

/** What batchNorm, layerNorm and groupNorm have in common. */
export interface Normalization {
  readonly x: Float64Array
  readonly dy: Float64Array | null
  readonly gamma: Float64Array
  readonly beta: Float64Array
  readonly eps: number
  /** For each element, whose statistics it shares. */
  readonly group: Int32Array
  /** For each element, its gamma and beta. */
  readonly param: Int32Array
  /** Statistics that are given, not computed: test mode. One for each group. */
  readonly fixed?: { readonly mean: Float64Array; readonly variance: Float64Array }
}

export interface NormalizationErrors {
  readonly y: Float64Array
  readonly dx: Float64Array
  readonly dgamma: Float64Array
  readonly dbeta: Float64Array
  /** One for each group: exact values and error bounds. */
  readonly mean: Float64Array
  readonly variance: Float64Array
  readonly meanError: Float64Array
  readonly varianceError: Float64Array
}

/**
 * The derivation is in docs/numerics.md; names follow it. One thing makes the bound useful where the mean is large: an
 * error e of the mean shifts all of a group alike. It moves the variance by e^2 only, since deviations sum to 0, and a sum
 * of dy * xhat by e * |sum(dy)|, not e * sum(|dy|).
 */
export function normalizationErrors(layer: Normalization, { u, eta }: Precision): NormalizationErrors {
  const { x, dy, eps, group, param, fixed } = layer
  const members = gather(group)
  const uses = gather(param)
  const each = () => new Float64Array(x.length)
  const [y, dx] = [each(), each()]
  const [dgamma, dbeta] = [new Float64Array(uses.length), new Float64Array(uses.length)]
  const perGroup = () => new Float64Array(members.length)
  const [means, variances, meanErrors, varianceErrors] = [perGroup(), perGroup(), perGroup(), perGroup()]

  for (const [g, indices] of members.entries()) {
    const K = indices.length
    const mean = fixed ? at(fixed.mean, g) : total(indices, (i) => at(x, i)) / K
    const variance = fixed ? at(fixed.variance, g) : total(indices, (i) => (at(x, i) - mean) ** 2) / K
    const magnitude = total(indices, (i) => Math.abs(at(x, i))) / K
    const dMean = fixed ? 0 : gamma(K + 1, u) * magnitude + 2 * eta
    const dVariance = fixed ? 0 : dMean ** 2 + gamma(K + 4, u) * (variance + dMean ** 2) + 2 * eta
    means[g] = mean
    variances[g] = variance
    meanErrors[g] = dMean
    varianceErrors[g] = dVariance

    const q = variance + eps
    const dq = dVariance + u * eps + u * (q + dVariance + u * eps)
    const inv = 1 / Math.sqrt(q)
    const r = dq < q ? (1 + gamma(3, u)) / Math.sqrt(1 - dq / q) - 1 : Number.POSITIVE_INFINITY
    const r1 = (1 + r) * (1 + u) - 1
    const shift = inv * (1 + r1) * (1 + u) * dMean
    const xhat = (i: number) => (at(x, i) - mean) * inv
    const own = (i: number) => {
      const d = Math.abs(at(x, i) - mean)
      return inv * ((1 + r1) * u * (d + dMean) + r1 * d) + eta
    }

    for (const i of indices) {
      const scale = Math.abs(at(layer.gamma, param[i] ?? 0))
      const dxhat = shift + own(i)
      const folded = gamma(4, u) * inv * (1 + r) * (Math.abs(at(x, i)) + Math.abs(mean) + dMean)
      const sizes = scale * (Math.abs(xhat(i)) + dxhat) + Math.abs(at(layer.beta, param[i] ?? 0))
      y[i] = scale * (dxhat + folded) + gamma(2, u) * sizes + 2 * eta
    }
    if (!dy) continue

    const G = (i: number) => at(layer.gamma, param[i] ?? 0) * at(dy, i)
    const absG = (i: number) => Math.abs(G(i))
    const [s1, s2] = [total(indices, G), total(indices, (i) => G(i) * xhat(i))]
    const d1 = gamma(K, u) * total(indices, absG) + K * eta
    const spread = total(indices, (i) => absG(i) * own(i))
    const sizes = total(indices, (i) => absG(i) * (Math.abs(xhat(i)) + shift + own(i)))
    const d2 = shift * Math.abs(s1) + spread + gamma(K + 2, u) * sizes + 2 * K * eta
    const r2 = (1 + r) * (1 + gamma(2, u)) - 1
    for (const i of indices) {
      const tiny = 4 * eta * (1 + Math.abs(at(layer.gamma, param[i] ?? 0)))
      const dxhat = shift + own(i)
      const pull = (Math.abs(xhat(i)) + dxhat) * (Math.abs(s2) + d2)
      const t = fixed ? G(i) : G(i) - (s1 + xhat(i) * s2) / K
      const dt = fixed
        ? u * absG(i) + tiny
        : u * absG(i) +
          (d1 + Math.abs(xhat(i)) * d2 + dxhat * (Math.abs(s2) + d2)) / K +
          gamma(6, u) * (absG(i) + (Math.abs(s1) + d1 + pull) / K) +
          tiny
      dx[i] = inv * ((1 + r2) * (Math.abs(t) + dt) - Math.abs(t)) + 3 * eta
    }

    for (const [p, users] of byParam(indices, param)) {
      const L = uses[p]?.length ?? 0
      const lone = total(users, (i) => Math.abs(at(dy, i)) * own(i))
      const all = total(users, (i) => Math.abs(at(dy, i)) * (Math.abs(xhat(i)) + shift + own(i)))
      const common = shift * Math.abs(total(users, (i) => at(dy, i)))
      dgamma[p] = at(dgamma, p) + common + lone + gamma(L + 1, u) * all + 2 * L * eta
      dbeta[p] = at(dbeta, p) + gamma(L, u) * total(users, (i) => Math.abs(at(dy, i)))
    }
  }
  return {
    y,
    dx,
    dgamma,
    dbeta,
    mean: means,
    variance: variances,
    meanError: meanErrors,
    varianceError: varianceErrors,
  }
}

/** For each value of `keys`, the places that hold it. */
function gather(keys: Int32Array): number[][] {
  const lists: number[][] = []
  for (const [i, key] of keys.entries()) {
    lists[key] ??= []
    lists[key].push(i)
  }
  return lists
}

function byParam(indices: readonly number[], param: Int32Array): Map<number, number[]> {
  const lists = new Map<number, number[]>()
  for (const i of indices) {
    const p = param[i] ?? 0
    const list = lists.get(p)
    if (list) list.push(i)
    else lists.set(p, [i])
  }
  return lists
}

function total(indices: readonly number[], term: (i: number) => number): number {
  let sum = 0
  for (const i of indices) sum += term(i)
  return sum
}
