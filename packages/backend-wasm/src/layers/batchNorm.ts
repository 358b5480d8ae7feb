import type { BatchNormDims, BatchNormKernels } from '@convkit/api'
import { lines, wholeLines } from '../cacheLines.js'
import { factorTables, lineSumsBytes } from '../generated/constants.js'
import type { BatchNormFactors, BatchNormTables } from '../generated/params.js'
import { elementwise, type Runtime, type Work } from '../runtime.js'
import type { Storage } from '../storage.js'

export function batchNorm(runtime: Runtime): BatchNormKernels<Storage> {
  const { memory, bytes } = runtime

  /** Sums over whole channels: units of a channel, or of a cache line of channels. */
  function reduction({ n, channels, inner }: BatchNormDims): Work {
    return { units: inner > 1 ? channels : lines(channels * bytes), nanoseconds: n * channels * inner * 0.2 }
  }

  /** Units of rows: of one channel, or of vectors one from each. */
  function each({ n, channels, inner }: BatchNormDims): Work {
    return { units: inner > 1 ? n * channels : n, nanoseconds: n * channels * inner * 0.15 }
  }

  /** What vectors need first. */
  function tables({ channels }: BatchNormDims, from: Omit<BatchNormFactors, keyof BatchNormTables | 'channels'>) {
    const tableBytes = wholeLines(channels * bytes)
    const made = { factors: memory.scratch(factorTables * tableBytes), tableBytes }
    runtime.run('batchNormFactors', elementwise(runtime, channels, 5), { channels, ...made, ...from })
    return made
  }

  return {
    /** mean[c] = sum_{n,i} x / K, variance[c] = sum_{n,i} (x - mean[c])^2 / K, K = n * inner */
    statistics(d, x, mean, variance) {
      const kernel = d.inner > 1 ? 'batchNormStatisticsImages' : 'batchNormStatisticsVectors'
      const scratch = memory.scratch(lineSumsBytes * runtime.threads)
      runtime.run(kernel, reduction(d), { x, mean, variance, scratch, ...shape(d) })
    },

    /** y[n,c,i] = gamma[c] * (x[n,c,i] - mean[c]) / sqrt(variance[c] + eps) + beta[c] */
    normalize(d, { eps }, x, gamma, beta, mean, variance, y) {
      if (d.inner > 1) {
        const images = { eps, x, gamma, beta, mean, variance, y, ...shape(d) }
        runtime.run('batchNormNormalizeImages', each(d), images)
        return
      }
      const made = tables(d, { eps, count: 0, variance, gamma, dgamma: null, dbeta: null })
      runtime.run('batchNormNormalizeVectors', each(d), { channels: d.channels, x, beta, mean, y, ...made })
    },

    /** running[c] = momentum * running[c] + (1 - momentum) * batch[c] */
    running({ channels }, { momentum }, batch, running) {
      runtime.run('batchNormRunning', elementwise(runtime, channels), { channels, momentum, batch, running })
    },

    /** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy */
    reduce(d, { eps }, dy, x, mean, variance, dgamma, dbeta) {
      const scratch = memory.scratch(lineSumsBytes * runtime.threads)
      if (d.inner > 1) {
        const images = { eps, dy, x, mean, variance, dgamma, dbeta, scratch, ...shape(d) }
        runtime.run('batchNormReduceImages', reduction(d), images)
        return
      }
      const made = tables(d, { eps, count: 0, variance, gamma: null, dgamma: null, dbeta: null })
      const { n, channels } = d
      runtime.run('batchNormReduceVectors', reduction(d), { n, channels, dy, x, mean, dgamma, dbeta, scratch, ...made })
    },

    /** dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count) */
    input(d, { eps, count }, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
      if (d.inner > 1) {
        const images = { eps, count, dy, x, gamma, mean, variance, dgamma, dbeta, dx, ...shape(d) }
        runtime.run('batchNormInputImages', each(d), images)
        return
      }
      const made = tables(d, { eps, count, variance, gamma, dgamma, dbeta })
      runtime.run('batchNormInputVectors', each(d), { channels: d.channels, dy, x, mean, dx, ...made })
    },

    /** dx = gamma[c] / sqrt(variance[c] + eps) * dy */
    inputFixed(d, { eps }, dy, gamma, variance, dx) {
      if (d.inner > 1) {
        runtime.run('batchNormInputFixedImages', each(d), { eps, dy, gamma, variance, dx, ...shape(d) })
        return
      }
      const made = tables(d, { eps, count: 0, variance, gamma, dgamma: null, dbeta: null })
      runtime.run('batchNormInputFixedVectors', each(d), { channels: d.channels, dy, dx, ...made })
    },
  }
}

/** The dims that kernels for images share; api's may hold others. */
function shape({ n, channels, inner }: BatchNormDims) {
  return { n, channels, inner }
}
