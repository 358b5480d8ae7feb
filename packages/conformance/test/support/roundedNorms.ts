import type { BatchNormDims, BatchNormKernels, Data, GroupNormDims, GroupNormKernels } from '@convkit/api'
import { fused, type Style } from './style.js'

const f = Math.fround

interface Stats {
  readonly mean: number
  readonly inv: number
}

function norms({ sum, mad, folded }: Style) {
  const over = (a: number, count: number) => (folded ? f(a * f(1 / count)) : f(a / count))
  const inverse = (variance: number, eps: number) => f(1 / f(Math.sqrt(f(variance + f(eps)))))
  const xhat = (x: number, { mean, inv }: Stats) => f(f(x - mean) * inv)
  return {
    inverse,
    xhat,

    moments(x: Data, at: readonly number[]) {
      const mean = over(sum(at.map((i) => x[i])), at.length)
      const squares = at.map((i) => f(f(x[i] - mean) ** 2))
      return { mean, variance: over(sum(squares), at.length) }
    },

    y(x: number, gamma: number, beta: number, stats: Stats) {
      if (!folded) return mad(gamma, xhat(x, stats), beta)
      const k = f(gamma * stats.inv)
      return mad(x, k, f(beta - f(stats.mean * k)))
    },

    dot: (a: readonly number[], b: readonly number[]) =>
      mad === fused
        ? a.reduce((total, value, i) => mad(value, b[i], total), 0)
        : sum(a.map((value, i) => f(value * b[i]))),

    /** (t - (push + xhat * pull) / count) */
    centred: (t: number, push: number, pull: number, hat: number, count: number) =>
      f(t - over(mad(hat, pull, push), count)),
  }
}

function channels({ n: N, channels: C, inner }: BatchNormDims, c: number): number[] {
  return Array.from({ length: N * inner }, (_, k) => (Math.floor(k / inner) * C + c) * inner + (k % inner))
}

export function batchNorm(style: Style): BatchNormKernels<Data> {
  const { moments, inverse, xhat, y, dot, centred } = norms(style)
  return {
    statistics(d, x, mean, variance) {
      for (let c = 0; c < d.channels; c++) {
        const stats = moments(x, channels(d, c))
        mean[c] = stats.mean
        variance[c] = stats.variance
      }
    },
    normalize(d, { eps }, x, gamma, beta, mean, variance, out) {
      for (let c = 0; c < d.channels; c++) {
        const stats = { mean: mean[c], inv: inverse(variance[c], eps) }
        for (const i of channels(d, c)) out[i] = y(x[i], gamma[c], beta[c], stats)
      }
    },
    running({ channels: C }, { momentum }, batch, running) {
      const fresh = f(1 - f(momentum))
      for (let c = 0; c < C; c++) running[c] = style.mad(f(momentum), running[c], f(fresh * batch[c]))
    },
    reduce(d, { eps }, dy, x, mean, variance, dgamma, dbeta) {
      for (let c = 0; c < d.channels; c++) {
        const stats = { mean: mean[c], inv: inverse(variance[c], eps) }
        const at = channels(d, c)
        const g = at.map((i) => dy[i])
        dgamma[c] = dot(
          g,
          at.map((i) => xhat(x[i], stats)),
        )
        dbeta[c] = style.sum(g)
      }
    },
    input(d, { eps, count }, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
      for (let c = 0; c < d.channels; c++) {
        const stats = { mean: mean[c], inv: inverse(variance[c], eps) }
        for (const i of channels(d, c))
          dx[i] = f(f(gamma[c] * stats.inv) * centred(dy[i], dbeta[c], dgamma[c], xhat(x[i], stats), count))
      }
    },
    inputFixed(d, { eps }, dy, gamma, variance, dx) {
      for (let c = 0; c < d.channels; c++)
        for (const i of channels(d, c)) dx[i] = f(f(gamma[c] * inverse(variance[c], eps)) * dy[i])
    },
  }
}

/** layerNorm is the same with one group. */
export function groupNorm(style: Style): GroupNormKernels<Data> {
  const { moments, inverse, xhat, y, dot, centred } = norms(style)
  const groupsOf = ({ n, channels: C, inner, groups }: GroupNormDims) => {
    const size = (C / groups) * inner
    return Array.from({ length: n * groups }, (_, g) => Array.from({ length: size }, (_, k) => g * size + k))
  }
  const channel = ({ channels: C, inner }: GroupNormDims, i: number) => Math.floor(i / inner) % C
  return {
    forward(d, { eps }, x, gamma, beta, out, mean, variance) {
      for (const [g, at] of groupsOf(d).entries()) {
        const stats = moments(x, at)
        mean[g] = stats.mean
        variance[g] = stats.variance
        const own = { mean: stats.mean, inv: inverse(stats.variance, eps) }
        for (const i of at) out[i] = y(x[i], gamma[channel(d, i)], beta[channel(d, i)], own)
      }
    },
    backward(d, { eps }, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
      const hats = x.slice()
      for (const [g, at] of groupsOf(d).entries()) {
        const stats = { mean: mean[g], inv: inverse(variance[g], eps) }
        const t = at.map((i) => f(gamma[channel(d, i)] * dy[i]))
        const hat = at.map((i) => xhat(x[i], stats))
        for (const [k, i] of at.entries()) hats[i] = hat[k]
        const [push, pull] = [style.sum(t), dot(t, hat)]
        if (dx) for (const [k, i] of at.entries()) dx[i] = f(stats.inv * centred(t[k], push, pull, hat[k], at.length))
      }
      for (let c = 0; c < d.channels; c++) {
        const at = channels(d, c)
        const g = at.map((i) => dy[i])
        if (dgamma)
          dgamma[c] = dot(
            g,
            at.map((i) => hats[i]),
          )
        if (dbeta) dbeta[c] = style.sum(g)
      }
    },
  }
}
