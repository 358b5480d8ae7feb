import type { GroupNormKernels } from '@convkit/api'
import { lines } from '../cacheLines.js'
import { lineSumsBytes, rowSumsBytes } from '../generated/constants.js'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

type BackwardKernel =
  | `groupNormBackward${'Images' | 'Vectors'}`
  | `groupNormParameters${'Images' | 'Vectors'}`
  | 'groupNormDeviations'

export function groupNorm(runtime: Runtime): GroupNormKernels<Storage> {
  const { memory, bytes, threads } = runtime

  return {
    /** mean[n,g], variance[n,g] over the group; y[n,c,i] = gamma[c] * xhat[n,c,i] + beta[c] */
    forward({ n, channels, inner, groups }, { eps }, x, gamma, beta, y, mean, variance) {
      const scratch = memory.scratch(lineSumsBytes * threads)
      const work = { units: n * groups, nanoseconds: n * channels * inner * 0.5 }
      runtime.run('groupNormForward', work, {
        n,
        channels,
        inner,
        groups,
        eps,
        x,
        gamma,
        beta,
        y,
        mean,
        variance,
        scratch,
      })
    },

    /** t = gamma[c] * dy; dx = (t - sum(t) / K - xhat * sum(t * xhat) / K) / sigma; dgamma = sum(dy * xhat), dbeta = sum(dy) */
    backward({ n, channels, inner, groups }, { eps }, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
      const scratch = memory.scratch(lineSumsBytes * threads)
      const table = memory.scratch(inner > 1 ? n * channels * rowSumsBytes : n * groups * bytes)
      const fields = {
        n,
        channels,
        inner,
        groups,
        eps,
        dy,
        x,
        gamma,
        mean,
        variance,
        dx,
        dgamma,
        dbeta,
        table,
        scratch,
      }
      const run = (kernel: BackwardKernel, units: number, nanoseconds: number) =>
        runtime.run(kernel, { units, nanoseconds }, fields)
      const nanoseconds = n * channels * inner * 0.5
      const parameters = dgamma !== null || dbeta !== null
      if (inner > 1) {
        run('groupNormBackwardImages', n * groups, nanoseconds)
        if (parameters) run('groupNormParametersImages', lines(channels * bytes), n * channels)
        return
      }
      if (dx) run('groupNormBackwardVectors', n * groups, nanoseconds)
      if (!parameters) return
      run('groupNormDeviations', lines(n * groups * bytes), n * groups * 10)
      run('groupNormParametersVectors', groups * lines((channels / groups) * bytes), nanoseconds)
    },
  }
}
