import type { Data } from '@convkit/api'
import { mapped } from './faults.js'
import { type KernelFault, kernelMutants } from './mutant.js'
import { epsOutsideRoot, range, singlePass, statisticsTimes, unbias } from './norms.js'

interface Moments {
  readonly mean: number
  readonly variance: number
}

/** Forward with other statistics than the right ones. */
function normalizedBy(moments: (x: Data, n: number, size: number) => Moments): KernelFault<'layerNorm'>['change'] {
  return () => ({
    forward({ n: N, size: D }, { eps }, x, gamma, beta, y, mean, variance) {
      for (let n = 0; n < N; n++) {
        const { mean: mu, variance: sigma2 } = moments(x, n, D)
        const sigma = Math.sqrt(sigma2 + eps)
        for (let j = 0; j < D; j++) y[n * D + j] = (gamma[j] * (x[n * D + j] - mu)) / sigma + beta[j]
        mean[n] = mu
        variance[n] = sigma2
      }
    },
  })
}

function twoPass(x: Data): Moments {
  let sum = 0
  for (const value of x) sum += value
  const mean = sum / x.length
  let squares = 0
  for (const value of x) squares += (value - mean) ** 2
  return { mean, variance: squares / x.length }
}

export const layerNormMutants = kernelMutants('layerNorm', {
  'unbiased-variance': {
    says: 'the variance of a row is divided by D - 1',
    killers: ['forward', 'numeric-gradient', 'centred', 'one-group'],
    change: normalizedBy((x, n, D) => {
      const { mean, variance } = twoPass(x.subarray(n * D, n * D + D))
      return { mean, variance: variance * unbias(D) }
    }),
  },
  'single-pass-variance': {
    says: 'the variance is mean(x^2) - mean(x)^2, which a large mean destroys',
    killers: ['shift', 'forward'],
    change: normalizedBy((x, n, D) => singlePass(x, range(n * D, n * D + D))),
  },
  'statistics-of-first-row': {
    says: 'the whole batch is normalised by the statistics of its first row',
    killers: ['batch-order', 'forward', 'shift'],
    change: normalizedBy((x, _n, D) => twoPass(x.subarray(0, D))),
  },
  'eps-outside-root': {
    says: 'the backward pass divides by sqrt(variance) + eps',
    killers: ['backward', 'numeric-gradient', 'scale'],
    change: ({ backward }) => ({
      backward: (d, s, dy, x, gamma, mean, variance, ...gradients) =>
        backward(d, s, dy, x, gamma, mean, epsOutsideRoot(variance, s.eps), ...gradients),
    }),
  },
  'deviation-saved': {
    says: 'the forward pass saves standard deviations, which its own backward pass squares again',
    killers: ['forward', 'scale', 'large'],
    change: ({ forward, backward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        variance.set(mapped(variance, Math.sqrt))
      },
      backward: (d, s, dy, x, gamma, mean, deviation, ...gradients) =>
        backward(
          d,
          s,
          dy,
          x,
          gamma,
          mean,
          mapped(deviation, (value) => value * value),
          ...gradients,
        ),
    }),
  },
  'gamma-of-row': {
    says: 'gamma is indexed by the row instead of the column',
    killers: ['forward', 'gamma', 'batch-order'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        const one = mapped(gamma, () => 1)
        const none = mapped(beta, () => 0)
        forward(d, s, x, one, none, y, mean, variance)
        y.set(mapped(y, (xhat, i) => gamma[Math.floor(i / d.size) % d.size] * xhat + beta[i % d.size]))
      },
    }),
  },
  'gamma-left-out-of-dx': {
    says: 'the input gradient is that of xhat: dy is not multiplied by gamma',
    killers: ['backward', 'numeric-gradient', 'centred'],
    change: ({ backward }) => ({
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
        const one = mapped(gamma, () => 1)
        backward(d, s, dy, x, one, mean, variance, dx, dgamma, dbeta)
      },
    }),
  },
  'statistics-constant': {
    says: 'the input gradient takes mean and variance for constants',
    killers: ['centred', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
        const sigma = (i: number) => Math.sqrt(variance[Math.floor(i / d.size)] + s.eps)
        if (dx) statisticsTimes(0, dx, (i) => (gamma[i % d.size] * dy[i]) / sigma(i))
      },
    }),
  },
  'dgamma-of-last-row': {
    says: 'each row overwrites the gamma gradient of the one before: = for +=',
    killers: ['gamma', 'batch-order', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
        const row = (array: Data, width: number) => array.subarray((d.n - 1) * width)
        backward(d, s, dy, x, gamma, mean, variance, dx, null, dbeta)
        const last = [row(dy, d.size), row(x, d.size), gamma, row(mean, 1), row(variance, 1)] as const
        if (dgamma) backward({ ...d, n: 1 }, s, ...last, null, dgamma, null)
      },
    }),
  },
})
