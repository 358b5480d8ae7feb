import type { LayerNormKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'
import { inputGradient, normalized, statistics } from '../normalization.js'

/** A row. */
const axes = [1]

export const layerNorm: Emitters<LayerNormKernels<Operand>> = {
  /** y[n,j] = gamma[j] * xhat[n,j] + beta[j], xhat[n,j] = (x[n,j] - mean[n]) / sqrt(variance[n] + eps) */
  forward(g, { n: N, size: D }, s, x, gamma, beta, y, mean, variance) {
    const rows = x.as([N, D])
    const moments = statistics(g, rows, axes)
    const parts = normalized(g, rows, moments.mean, moments.variance, s('eps'))
    y.set(g.add(g.mul(g.div(parts.centred, parts.sigma), gamma.as([1, D])), beta.as([1, D])))
    mean.set(moments.mean)
    variance.set(moments.variance)
  },

  /** dx: `inputGradient` of gamma[j] * dy[n,j]; dgamma[j] = sum_n dy * xhat; dbeta[j] = sum_n dy */
  backward(g, { n: N, size: D }, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
    const upstream = dy.as([N, D])
    const parts = normalized(g, x.as([N, D]), mean.as([N, 1]), variance.as([N, 1]), s('eps'))
    dx?.set(inputGradient(g, parts, g.mul(gamma.as([1, D]), upstream), axes))
    dgamma?.set(g.reduce('ReduceSum', g.mul(upstream, g.div(parts.centred, parts.sigma)), [0]))
    dbeta?.set(g.reduce('ReduceSum', upstream, [0]))
  },
}
