import type { BatchNormDims, BatchNormKernels } from '@convkit/api'
import type { Storage } from '../memory.js'
import { elementwise, type Runtime, type Work } from '../runtime.js'

/** Names as in `Call` of assembly/batchNorm/call.ts. */
interface Call {
  readonly eps?: number
  readonly count?: number
  readonly momentum?: number
  readonly x?: Storage
  readonly dy?: Storage
  readonly gamma?: Storage
  readonly beta?: Storage
  readonly mean?: Storage
  readonly variance?: Storage
  readonly dgamma?: Storage
  readonly dbeta?: Storage
  readonly out?: Storage
}

const scratchBytes = 256

export function batchNorm(runtime: Runtime): BatchNormKernels<Storage> {
  function run(kernel: string, work: Work, { n, channels, inner }: BatchNormDims, call: Call): void {
    const { x, dy, gamma, beta, mean, variance, dgamma, dbeta, out } = call
    const storages = [x, dy, gamma, beta, mean, variance, dgamma, dbeta, out].map((storage) => storage ?? null)
    const scratch = runtime.memory.scratch(scratchBytes * runtime.threads)
    const scalars = [call.eps ?? 0, call.count ?? 0, call.momentum ?? 0]
    runtime.run(kernel, work, [n, channels, inner, ...storages, scratch], scalars)
  }

  /** Units of whole channels. */
  function reduction(kernel: string, d: BatchNormDims, call: Call): void {
    const nanoseconds = d.n * d.channels * d.inner * 0.3
    if (d.inner > 1) run(`${kernel}Images`, { units: d.channels, nanoseconds }, d, call)
    else run(`${kernel}Vectors`, { units: lines(d), nanoseconds }, d, call)
  }

  /** Units of rows, where they lie in one piece. */
  function each(kernel: string, d: BatchNormDims, call: Call): void {
    const nanoseconds = d.n * d.channels * d.inner * 0.3
    if (d.inner > 1) run(`${kernel}Images`, { units: d.n * d.channels, nanoseconds }, d, call)
    else run(`${kernel}Vectors`, { units: lines(d), nanoseconds }, d, call)
  }

  function lines({ channels }: BatchNormDims): number {
    return Math.ceil((channels * runtime.bytes) / 64)
  }

  return {
    /** mean[c] = sum_{n,i} x / K, variance[c] = sum_{n,i} (x - mean[c])^2 / K, K = n * inner */
    statistics(d, x, mean, variance) {
      reduction('batchNormStatistics', d, { x, mean, variance })
    },

    /** y[n,c,i] = gamma[c] * (x[n,c,i] - mean[c]) / sqrt(variance[c] + eps) + beta[c] */
    normalize(d, { eps }, x, gamma, beta, mean, variance, y) {
      each('batchNormNormalize', d, { eps, x, gamma, beta, mean, variance, out: y })
    },

    /** running[c] = momentum * running[c] + (1 - momentum) * batch[c] */
    running(d, { momentum }, batch, running) {
      run('batchNormRunning', elementwise(runtime, d.channels), d, { momentum, mean: batch, out: running })
    },

    /** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy */
    reduce(d, { eps }, dy, x, mean, variance, dgamma, dbeta) {
      reduction('batchNormReduce', d, { eps, dy, x, mean, variance, dgamma, dbeta })
    },

    /** dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count) */
    input(d, { eps, count }, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
      each('batchNormInput', d, { eps, count, dy, x, gamma, mean, variance, dgamma, dbeta, out: dx })
    },

    /** dx = gamma[c] / sqrt(variance[c] + eps) * dy */
    inputFixed(d, { eps }, dy, gamma, variance, dx) {
      each('batchNormInputFixed', d, { eps, dy, gamma, variance, out: dx })
    },
  }
}
