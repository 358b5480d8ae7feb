import type { GroupNormDims, GroupNormKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'
import { gainGradient, inputGradient, normalized, scaled, statistics } from '../normalization.js'

/** The channels of a group and their pixels, in (N, groups, channels of a group, inner). */
const axes = [2, 3]

export const groupNorm: Emitters<GroupNormKernels<Operand>> = {
  /** y[n,c,i] = gamma[c] * xhat[n,c,i] + beta[c], xhat[n,c,i] = (x[n,c,i] - mean[n,g]) / sqrt(variance[n,g] + eps) */
  forward(g, d, s, x, gamma, beta, y, mean, variance) {
    const { whole, channels } = shapes(d)
    const moments = statistics(g, x.as(whole), axes)
    const parts = normalized(g, x.as(whole), moments.mean, moments.variance, s('eps'))
    y.set(scaled(g, parts, gamma.as(channels), beta.as(channels)))
    mean.set(moments.mean)
    variance.set(moments.variance)
  },

  /** dx: `inputGradient` of gamma[c] * dy[n,c,i]; dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy */
  backward(g, d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
    const { whole, channels, groups } = shapes(d)
    const upstream = dy.as(whole)
    const parts = normalized(g, x.as(whole), mean.as(groups), variance.as(groups), s('eps'))
    dx?.set(inputGradient(g, parts, g.mul(gamma.as(channels), upstream), axes))
    dgamma?.set(g.reduce('ReduceSum', gainGradient(g, parts, upstream, [3]), [0]))
    dbeta?.set(g.reduce('ReduceSum', upstream, [0, 3]))
  },
}

function shapes({ n: N, channels: C, inner, groups: G }: GroupNormDims) {
  return { whole: [N, G, C / G, inner], channels: [1, G, C / G, 1], groups: [N, G, 1, 1] }
}
