import { type LayerNormKernels, oneGroup } from '@convkit/api'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { groupNorm } from './groupNorm.js'

export function layerNorm(runtime: Runtime): LayerNormKernels<Storage> {
  const group = groupNorm(runtime)
  return {
    /** y[n,j] = gamma[j] * xhat[n,j] + beta[j], xhat[n,j] = (x[n,j] - mean[n]) / sqrt(variance[n] + eps) */
    forward: (d, ...operands) => group.forward(oneGroup(d), ...operands),

    /** g = gamma[j] * dy[n,j]; dx = (g - sum_j(g) / D - xhat * sum_j(g * xhat) / D) / sigma; dgamma, dbeta sums over n */
    backward: (d, ...operands) => group.backward(oneGroup(d), ...operands),
  }
}
