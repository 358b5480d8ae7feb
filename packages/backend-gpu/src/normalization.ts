import type { Builder, Value } from './builder.js'

/** Statistics of groups of elements, which axes of length 1 stand for, and what follows from them. */
export interface Normalized {
  /** x - mean */
  readonly centred: Value
  /** sqrt(variance + eps) */
  readonly sigma: Value
}

/** Mean and biased variance over axes, in two passes: a large mean does not destroy the variance. */
export function statistics(
  g: Builder,
  x: Value,
  axes: readonly number[],
): { readonly mean: Value; readonly variance: Value } {
  const mean = g.reduce('ReduceMean', x, axes)
  const centred = g.sub(x, mean)
  return { mean, variance: g.reduce('ReduceMean', g.mul(centred, centred), axes) }
}

export function normalized(g: Builder, x: Value, mean: Value, variance: Value, eps: Value): Normalized {
  return { centred: g.sub(x, mean), sigma: deviation(g, variance, eps) }
}

export function deviation(g: Builder, variance: Value, eps: Value): Value {
  return g.unary('Sqrt', g.add(variance, eps))
}

/** gamma * (x - mean) / sigma + beta */
export function scaled(g: Builder, { centred, sigma }: Normalized, gamma: Value, beta: Value): Value {
  return g.add(g.mul(centred, g.div(gamma, sigma)), beta)
}

/** sum(dy * (x - mean)) / sigma over axes along which sigma is one number. */
export function gainGradient(g: Builder, { centred, sigma }: Normalized, dy: Value, axes: readonly number[]): Value {
  return g.div(g.reduce('ReduceSum', g.mul(dy, centred), axes), sigma)
}

/** dx = (t - sum(t) / K - xhat * sum(t * xhat) / K) / sigma, sums over axes: the K elements of a group. */
export function inputGradient(g: Builder, { centred, sigma }: Normalized, t: Value, axes: readonly number[]): Value {
  const xhat = g.div(centred, sigma)
  const mean = g.reduce('ReduceMean', t, axes)
  const slope = g.reduce('ReduceMean', g.mul(t, xhat), axes)
  return g.div(g.sub(g.sub(t, mean), g.mul(xhat, slope)), sigma)
}
