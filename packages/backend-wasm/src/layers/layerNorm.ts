import type { LayerNormDims, LayerNormKernels } from '@convkit/api'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { groupNorm } from './groupNorm.js'

/** Group norm of one group, whose channels are single numbers: gamma and beta have one a feature. */
export function layerNorm(runtime: Runtime): LayerNormKernels<Storage> {
  const group = groupNorm(runtime)
  const dims = ({ n, size }: LayerNormDims) => ({ n, channels: size, inner: 1, groups: 1 })
  return {
    /** y[n,j] = gamma[j] * xhat[n,j] + beta[j], xhat[n,j] = (x[n,j] - mean[n]) / sqrt(variance[n] + eps) */
    forward(d, s, x, gamma, beta, y, mean, variance) {
      group.forward(dims(d), s, x, gamma, beta, y, mean, variance)
    },

    /** g = gamma[j] * dy[n,j]; dx = (g - sum_j(g) / D - xhat * sum_j(g * xhat) / D) / sigma; dgamma, dbeta sums over n */
    backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
      group.backward(dims(d), s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
    },
  }
}
