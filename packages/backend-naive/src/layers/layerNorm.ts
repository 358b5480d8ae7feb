import { type Data, type LayerNormKernels, oneGroup } from '@convkit/api'
import { groupNorm } from './groupNorm.js'

export const layerNorm: LayerNormKernels<Data> = {
  /** y[n,j] = gamma[j] * xhat[n,j] + beta[j], xhat[n,j] = (x[n,j] - mean[n]) / sqrt(variance[n] + eps) */
  forward: (d, ...operands) => groupNorm.forward(oneGroup(d), ...operands),

  /** g = gamma[j] * dy[n,j]; dx = (g - sum_j(g) / D - xhat * sum_j(g * xhat) / D) / sigma; dgamma, dbeta sums over n */
  backward: (d, ...operands) => groupNorm.backward(oneGroup(d), ...operands),
}
