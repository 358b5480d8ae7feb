import type { Data } from '@convkit/api'
import { mapped } from './faults.js'

/** A variance v' with sqrt(v' + eps) = sqrt(v) + eps: what a kernel with eps in the wrong place computes. */
export function epsOutsideRoot(variance: Data, eps: number): Data {
  return Float64Array.from(variance, (value) => (Math.sqrt(value) + eps) ** 2 - eps)
}

/** mean(x^2) - mean(x)^2, in the precision of x. */
export function singlePass(x: Data, indices: Iterable<number>): { readonly mean: number; readonly variance: number } {
  const round = x instanceof Float32Array ? Math.fround : (value: number) => value
  let [sum, squares, count] = [0, 0, 0]
  for (const i of indices) {
    sum = round(sum + x[i])
    squares = round(squares + round(x[i] * x[i]))
    count++
  }
  const mean = round(sum / count)
  return { mean, variance: Math.max(0, round(round(squares / count) - round(mean * mean))) }
}

/** K / (K - 1), which makes a biased variance unbiased. */
export function unbias(count: number): number {
  return count > 1 ? count / (count - 1) : 1
}

export function* range(from: number, to: number): Iterable<number> {
  for (let i = from; i < to; i++) yield i
}

/**
 * dx where what the statistics contribute is `factor` times what it should be; `direct` is gamma * dy / sigma, what x
 * contributes by itself.
 */
export function statisticsTimes(factor: number, dx: Data, direct: (index: number) => number): void {
  dx.set(mapped(dx, (value, i) => direct(i) + factor * (value - direct(i))))
}
