import type { BatchNormDims, BatchNormKernels } from '@convkit/api'
import { elementwise, type Runtime, type Work } from '../runtime.js'
import type { Storage } from '../storage.js'

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
  function run(kernels: readonly [string, Work][], { n, channels, inner }: BatchNormDims, call: Call): void {
    const { x, dy, gamma, beta, mean, variance, dgamma, dbeta, out } = call
    const storages = [x, dy, gamma, beta, mean, variance, dgamma, dbeta, out].map((storage) => storage ?? null)
    const tableBytes = lines(channels) * 64
    const factors = kernels.length > 1 ? runtime.memory.scratch(4 * tableBytes) : 0
    const scratch = runtime.memory.scratch(scratchBytes * runtime.threads)
    const scalars = [call.eps ?? 0, call.count ?? 0, call.momentum ?? 0]
    for (const [kernel, work] of kernels)
      runtime.run(kernel, work, [n, channels, inner, ...storages, factors, tableBytes, scratch], { doubles: scalars })
  }

  function lines(channels: number): number {
    return Math.ceil((channels * runtime.bytes) / 64)
  }

  function factors({ channels }: BatchNormDims): [string, Work] {
    return ['batchNormFactors', elementwise(runtime, channels, 5)]
  }

  /** Sums over whole channels; `before` is what vectors need first. */
  function reduction(kernel: string, d: BatchNormDims, call: Call, before: readonly [string, Work][] = []): void {
    const nanoseconds = d.n * d.channels * d.inner * 0.2
    if (d.inner > 1) run([[`${kernel}Images`, { units: d.channels, nanoseconds }]], d, call)
    else run([...before, [`${kernel}Vectors`, { units: lines(d.channels), nanoseconds }]], d, call)
  }

  /** Units of rows: of one channel, or of vectors one from each. */
  function each(kernel: string, d: BatchNormDims, call: Call): void {
    const nanoseconds = d.n * d.channels * d.inner * 0.15
    if (d.inner > 1) run([[`${kernel}Images`, { units: d.n * d.channels, nanoseconds }]], d, call)
    else run([factors(d), [`${kernel}Vectors`, { units: d.n, nanoseconds }]], d, call)
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
      run([['batchNormRunning', elementwise(runtime, d.channels)]], d, { momentum, mean: batch, out: running })
    },

    /** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy */
    reduce(d, { eps }, dy, x, mean, variance, dgamma, dbeta) {
      reduction('batchNormReduce', d, { eps, dy, x, mean, variance, dgamma, dbeta }, [factors(d)])
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
