import type { Data, GroupNormDims, GroupNormKernels } from '@convkit/api'
import { meanOf, varianceOf } from '../moments.js'

export const groupNorm: GroupNormKernels<Data> = {
  /** y[n,c,i] = gamma[c] * xhat[n,c,i] + beta[c], xhat[n,c,i] = (x[n,c,i] - mean[n,g]) / sqrt(variance[n,g] + eps) */
  forward({ n: N, channels: C, inner, groups: G }, { eps }, x, gamma, beta, y, mean, variance) {
    const groupC = C / G
    const K = groupC * inner
    for (let n = 0; n < N; n++)
      for (let g = 0; g < G; g++) {
        const ng = n * G + g
        const mu = meanOf(x, ng * K, ng * K + K)
        const sigma2 = varianceOf(x, ng * K, ng * K + K, mu)
        const sigma = Math.sqrt(sigma2 + eps)
        for (let c = g * groupC; c < (g + 1) * groupC; c++) {
          const row = (n * C + c) * inner
          for (let i = 0; i < inner; i++) y[row + i] = (gamma[c] * (x[row + i] - mu)) / sigma + beta[c]
        }
        mean[ng] = mu
        variance[ng] = sigma2
      }
  },

  backward(d, { eps }, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
    if (dx) inputGradient(d, eps, dy, x, gamma, mean, variance, dx)
    if (dgamma) gammaGradient(d, eps, dy, x, mean, variance, dgamma)
    if (dbeta) betaGradient(d, dy, dbeta)
  },
}

/** dx = (t - sum(t) / K - xhat * sum(t * xhat) / K) / sqrt(variance[n,g] + eps), t = gamma[c] * dy[n,c,i] */
function inputGradient(
  { n: N, channels: C, inner, groups: G }: GroupNormDims,
  eps: number,
  dy: Data,
  x: Data,
  gamma: Data,
  mean: Data,
  variance: Data,
  dx: Data,
): void {
  const groupC = C / G
  const K = groupC * inner
  for (let n = 0; n < N; n++)
    for (let g = 0; g < G; g++) {
      const mu = mean[n * G + g]
      const sigma = Math.sqrt(variance[n * G + g] + eps)
      let sumT = 0
      let sumTXhat = 0
      for (let c = g * groupC; c < (g + 1) * groupC; c++) {
        const row = (n * C + c) * inner
        for (let i = 0; i < inner; i++) {
          const t = gamma[c] * dy[row + i]
          sumT += t
          sumTXhat += (t * (x[row + i] - mu)) / sigma
        }
      }
      for (let c = g * groupC; c < (g + 1) * groupC; c++) {
        const row = (n * C + c) * inner
        for (let i = 0; i < inner; i++) {
          const t = gamma[c] * dy[row + i]
          const xhat = (x[row + i] - mu) / sigma
          dx[row + i] = (t - sumT / K - (xhat * sumTXhat) / K) / sigma
        }
      }
    }
}

/** dgamma[c] = sum_{n,i} dy * xhat */
function gammaGradient(
  { n: N, channels: C, inner, groups: G }: GroupNormDims,
  eps: number,
  dy: Data,
  x: Data,
  mean: Data,
  variance: Data,
  dgamma: Data,
): void {
  const groupC = C / G
  const sum = new Float64Array(C)
  for (let n = 0; n < N; n++)
    for (let g = 0; g < G; g++) {
      const mu = mean[n * G + g]
      const sigma = Math.sqrt(variance[n * G + g] + eps)
      for (let c = g * groupC; c < (g + 1) * groupC; c++) {
        const row = (n * C + c) * inner
        for (let i = 0; i < inner; i++) sum[c] += (dy[row + i] * (x[row + i] - mu)) / sigma
      }
    }
  dgamma.set(sum)
}

/** dbeta[c] = sum_{n,i} dy */
function betaGradient({ n: N, channels: C, inner }: GroupNormDims, dy: Data, dbeta: Data): void {
  const sum = new Float64Array(C)
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++) {
      const row = (n * C + c) * inner
      for (let i = 0; i < inner; i++) sum[c] += dy[row + i]
    }
  dbeta.set(sum)
}
