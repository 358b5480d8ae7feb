import type { BatchNormKernels, Data } from '@convkit/api'

export const batchNorm: BatchNormKernels<Data> = {
  /** mean[c] = sum_{n,i} x / K, variance[c] = sum_{n,i} (x - mean[c])^2 / K, K = n * inner */
  statistics({ n: N, channels: C, inner }, x, mean, variance) {
    const K = N * inner
    for (let c = 0; c < C; c++) {
      let sum = 0
      for (let n = 0; n < N; n++) {
        const row = (n * C + c) * inner
        for (let i = 0; i < inner; i++) sum += x[row + i]
      }
      const mu = sum / K
      let squares = 0
      for (let n = 0; n < N; n++) {
        const row = (n * C + c) * inner
        for (let i = 0; i < inner; i++) {
          const centred = x[row + i] - mu
          squares += centred * centred
        }
      }
      mean[c] = mu
      variance[c] = squares / K
    }
  },

  /** y[n,c,i] = gamma[c] * (x[n,c,i] - mean[c]) / sqrt(variance[c] + eps) + beta[c] */
  normalize({ n: N, channels: C, inner }, { eps }, x, gamma, beta, mean, variance, y) {
    for (let n = 0; n < N; n++)
      for (let c = 0; c < C; c++) {
        const row = (n * C + c) * inner
        const mu = mean[c]
        const sigma = Math.sqrt(variance[c] + eps)
        const gain = gamma[c]
        const shift = beta[c]
        for (let i = 0; i < inner; i++) y[row + i] = (gain * (x[row + i] - mu)) / sigma + shift
      }
  },

  /** running[c] = momentum * running[c] + (1 - momentum) * batch[c] */
  running({ channels: C }, { momentum }, batch, running) {
    for (let c = 0; c < C; c++) running[c] = momentum * running[c] + (1 - momentum) * batch[c]
  },

  /** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy */
  reduce({ n: N, channels: C, inner }, { eps }, dy, x, mean, variance, dgamma, dbeta) {
    for (let c = 0; c < C; c++) {
      const mu = mean[c]
      const sigma = Math.sqrt(variance[c] + eps)
      let sumDyXhat = 0
      let sumDy = 0
      for (let n = 0; n < N; n++) {
        const row = (n * C + c) * inner
        for (let i = 0; i < inner; i++) {
          const xhat = (x[row + i] - mu) / sigma
          sumDyXhat += dy[row + i] * xhat
          sumDy += dy[row + i]
        }
      }
      dgamma[c] = sumDyXhat
      dbeta[c] = sumDy
    }
  },

  /** dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count) */
  input({ n: N, channels: C, inner }, { eps, count }, dy, x, gamma, mean, variance, dgamma, dbeta, dx) {
    for (let n = 0; n < N; n++)
      for (let c = 0; c < C; c++) {
        const row = (n * C + c) * inner
        const mu = mean[c]
        const sigma = Math.sqrt(variance[c] + eps)
        const gain = gamma[c] / sigma
        const dg = dgamma[c]
        const db = dbeta[c]
        for (let i = 0; i < inner; i++) {
          const xhat = (x[row + i] - mu) / sigma
          dx[row + i] = gain * (dy[row + i] - (db + xhat * dg) / count)
        }
      }
  },

  /** dx = gamma[c] / sqrt(variance[c] + eps) * dy */
  inputFixed({ n: N, channels: C, inner }, { eps }, dy, gamma, variance, dx) {
    for (let n = 0; n < N; n++)
      for (let c = 0; c < C; c++) {
        const row = (n * C + c) * inner
        const gain = gamma[c] / Math.sqrt(variance[c] + eps)
        for (let i = 0; i < inner; i++) dx[row + i] = gain * dy[row + i]
      }
  },
}
