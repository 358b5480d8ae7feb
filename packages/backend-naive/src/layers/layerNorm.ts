import type { Data, LayerNormDims, LayerNormKernels } from '@convkit/api'
import { meanOf, varianceOf } from '../moments.js'

export const layerNorm: LayerNormKernels<Data> = {
  /** y[n,j] = gamma[j] * xhat[n,j] + beta[j], xhat[n,j] = (x[n,j] - mean[n]) / sqrt(variance[n] + eps) */
  forward({ n: N, size: D }, { eps }, x, gamma, beta, y, mean, variance) {
    for (let n = 0; n < N; n++) {
      const row = n * D
      const mu = meanOf(x, row, row + D)
      const sigma2 = varianceOf(x, row, row + D, mu)
      const sigma = Math.sqrt(sigma2 + eps)
      for (let j = 0; j < D; j++) y[row + j] = (gamma[j] * (x[row + j] - mu)) / sigma + beta[j]
      mean[n] = mu
      variance[n] = sigma2
    }
  },

  backward(d, { eps }, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
    if (dx) inputGradient(d, eps, dy, x, gamma, mean, variance, dx)
    if (dgamma) gammaGradient(d, eps, dy, x, mean, variance, dgamma)
    if (dbeta) betaGradient(d, dy, dbeta)
  },
}

/** dx[n,j] = (g - sum_j(g) / D - xhat * sum_j(g * xhat) / D) / sqrt(variance[n] + eps), g = gamma[j] * dy[n,j] */
function inputGradient(
  { n: N, size: D }: LayerNormDims,
  eps: number,
  dy: Data,
  x: Data,
  gamma: Data,
  mean: Data,
  variance: Data,
  dx: Data,
): void {
  for (let n = 0; n < N; n++) {
    const row = n * D
    const mu = mean[n]
    const sigma = Math.sqrt(variance[n] + eps)
    let sumG = 0
    let sumGXhat = 0
    for (let j = 0; j < D; j++) {
      const g = gamma[j] * dy[row + j]
      sumG += g
      sumGXhat += (g * (x[row + j] - mu)) / sigma
    }
    for (let j = 0; j < D; j++) {
      const g = gamma[j] * dy[row + j]
      const xhat = (x[row + j] - mu) / sigma
      dx[row + j] = (g - sumG / D - (xhat * sumGXhat) / D) / sigma
    }
  }
}

/** dgamma[j] = sum_n dy * xhat */
function gammaGradient(
  { n: N, size: D }: LayerNormDims,
  eps: number,
  dy: Data,
  x: Data,
  mean: Data,
  variance: Data,
  dgamma: Data,
): void {
  const sum = new Float64Array(D)
  for (let n = 0; n < N; n++) {
    const row = n * D
    const mu = mean[n]
    const sigma = Math.sqrt(variance[n] + eps)
    for (let j = 0; j < D; j++) sum[j] += (dy[row + j] * (x[row + j] - mu)) / sigma
  }
  dgamma.set(sum)
}

/** dbeta[j] = sum_n dy */
function betaGradient({ n: N, size: D }: LayerNormDims, dy: Data, dbeta: Data): void {
  const sum = new Float64Array(D)
  for (let n = 0; n < N; n++) {
    const row = n * D
    for (let j = 0; j < D; j++) sum[j] += dy[row + j]
  }
  dbeta.set(sum)
}
