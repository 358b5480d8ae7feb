import type { BatchNormDims, Data } from '@convkit/api'
import { mapped } from './faults.js'
import type { KernelFault } from './mutant.js'

/** A variance v' with sqrt(v' + eps) = sqrt(v) + eps: what a kernel with eps in the wrong place computes. */
export function epsOutsideRoot(variance: Data, eps: number): Data {
  return Float64Array.from(variance, (value) => (Math.sqrt(value) + eps) ** 2 - eps)
}

export interface Moments {
  readonly mean: number
  readonly variance: number
}

/** mean(x^2) - mean(x)^2, in the precision of x. */
export function singlePass(x: Data, indices: Iterable<number>): Moments {
  const { mean, variance } = unclippedMoments(x, indices)
  return { mean, variance: Math.max(0, variance) }
}

/** The same, below 0 where rounding has it so. */
export function unclippedMoments(x: Data, indices: Iterable<number>): Moments {
  const round = x instanceof Float32Array ? Math.fround : (value: number) => value
  let [sum, squares, count] = [0, 0, 0]
  for (const i of indices) {
    sum = round(sum + x[i])
    squares = round(squares + round(x[i] * x[i]))
    count++
  }
  const mean = round(sum / count)
  return { mean, variance: round(round(squares / count) - round(mean * mean)) }
}

/** K / (K - 1), which makes a biased variance unbiased. */
export function unbias(count: number): number {
  return count > 1 ? count / (count - 1) : 1
}

/** Which of the moments that `running` is given are variances: its call does not say. */
export function variancesOf(): { has(batch: Data): boolean; note(mean: Data, variance: Data): void } {
  const variances = new WeakSet<Data>()
  return {
    has: (batch) => variances.has(batch),
    note(mean, variance) {
      variances.add(variance)
      variances.delete(mean)
    },
  }
}

/** The running variance averages variances times a factor, which hangs on the dims of their batch. */
export function runningVarianceTimes(factorOf: (d: BatchNormDims) => number): KernelFault<'batchNorm'>['change'] {
  return ({ statistics, running }) => {
    const variances = variancesOf()
    return {
      statistics(d, x, mean, variance) {
        statistics(d, x, mean, variance)
        variances.note(mean, variance)
      },
      running(d, s, batch, average) {
        const factor = variances.has(batch) ? factorOf(d) : 1
        running(
          d,
          s,
          mapped(batch, (value) => value * factor),
          average,
        )
      },
    }
  }
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
