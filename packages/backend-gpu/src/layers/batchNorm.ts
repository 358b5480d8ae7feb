import type { BatchNormDims, BatchNormKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'
import { deviation, gainGradient, normalized, scaled, statistics } from '../normalization.js'

/** All but the channels. */
const axes = [0, 2]

export const batchNorm: Emitters<BatchNormKernels<Operand>> = {
  /** mean[c] = sum_{n,i} x / K, variance[c] = sum_{n,i} (x - mean[c])^2 / K, K = n * inner */
  statistics(g, d, x, mean, variance) {
    const moments = statistics(g, x.as(whole(d)), axes)
    mean.set(moments.mean)
    variance.set(moments.variance)
  },

  /** y[n,c,i] = gamma[c] * (x[n,c,i] - mean[c]) / sqrt(variance[c] + eps) + beta[c] */
  normalize(g, d, s, x, gamma, beta, mean, variance, y) {
    const c = channels(d)
    const parts = normalized(g, x.as(whole(d)), mean.as(c), variance.as(c), s('eps'))
    y.set(scaled(g, parts, gamma.as(c), beta.as(c)))
  },

  /** running[c] = momentum * running[c] + (1 - momentum) * batch[c] */
  running(g, { channels: C }, s, batch, running) {
    const fresh = g.mul(
      s('1 - momentum', ({ momentum }) => 1 - momentum),
      batch.as([C]),
    )
    running.set(g.add(g.mul(s('momentum'), running.as([C])), fresh))
  },

  /** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy */
  reduce(g, d, s, dy, x, mean, variance, dgamma, dbeta) {
    const [c, upstream] = [channels(d), dy.as(whole(d))]
    const parts = normalized(g, x.as(whole(d)), mean.as(c), variance.as(c), s('eps'))
    dgamma.set(gainGradient(g, parts, upstream, axes))
    dbeta.set(g.reduce('ReduceSum', upstream, axes))
  },

  /** dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count) */
  input(g, d, s, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
    const c = channels(d)
    const { centred, sigma } = normalized(g, x.as(whole(d)), mean.as(c), variance.as(c), s('eps'))
    const count = s('count')
    const slope = g.div(g.div(dgamma.as(c), sigma), count)
    const rest = g.sub(g.sub(dy.as(whole(d)), g.div(dbeta.as(c), count)), g.mul(centred, slope))
    dx.set(g.mul(rest, g.div(gamma.as(c), sigma)))
  },

  /** dx = gamma[c] / sqrt(variance[c] + eps) * dy */
  inputFixed(g, d, s, dy, gamma, variance, dx) {
    const c = channels(d)
    dx.set(g.mul(dy.as(whole(d)), g.div(gamma.as(c), deviation(g, variance.as(c), s('eps')))))
  },
}

function whole({ n: N, channels: C, inner }: BatchNormDims): readonly number[] {
  return [N, C, inner]
}

function channels({ channels: C }: BatchNormDims): readonly number[] {
  return [1, C, 1]
}
