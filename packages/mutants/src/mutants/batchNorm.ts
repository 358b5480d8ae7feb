import type { BatchNormDims, Data } from '@convkit/api'
import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'
import { epsOutsideRoot, runningVarianceTimes, singlePass, unbias } from './norms.js'

function* channel({ n: N, channels: C, inner }: BatchNormDims, c: number): Iterable<number> {
  for (let n = 0; n < N; n++) for (let i = 0; i < inner; i++) yield (n * C + c) * inner + i
}

const zeros = (array: Data) => mapped(array, () => 0)

export const batchNormMutants = kernelMutants('batchNorm', {
  'unbiased-variance': {
    says: 'the variance of the batch is divided by K - 1',
    killers: ['forward', 'numeric-gradient', 'centred', 'backward'],
    change: ({ statistics }) => ({
      statistics(d, x, mean, variance) {
        statistics(d, x, mean, variance)
        variance.set(mapped(variance, (value) => value * unbias(d.n * d.inner)))
      },
    }),
  },
  'unbiased-running-variance': {
    says: 'the running variance averages unbiased variances, as another framework has it',
    killers: ['running', 'forward'],
    change: runningVarianceTimes((d) => unbias(d.n * d.inner)),
  },
  'single-pass-variance': {
    says: 'the variance is mean(x^2) - mean(x)^2, which a large mean destroys',
    killers: ['shift', 'forward'],
    change: () => ({
      statistics(d, x, mean, variance) {
        for (let c = 0; c < d.channels; c++) {
          const moments = singlePass(x, channel(d, c))
          mean[c] = moments.mean
          variance[c] = moments.variance
        }
      },
    }),
  },
  'eps-outside-root': {
    says: 'the forward pass divides by sqrt(variance) + eps',
    killers: ['forward', 'scale', 'numeric-gradient'],
    change: ({ normalize }) => ({
      normalize: (d, s, x, gamma, beta, mean, variance, y) =>
        normalize(d, s, x, gamma, beta, mean, epsOutsideRoot(variance, s.eps), y),
    }),
  },
  'eps-fixed': {
    says: 'eps is 1e-5, whatever the call says',
    killers: ['forward', 'backward', 'scale'],
    change: ({ normalize, reduce, input, inputFixed }) => ({
      normalize: (d, _s, ...storages) => normalize(d, { eps: 1e-5 }, ...storages),
      reduce: (d, _s, ...storages) => reduce(d, { eps: 1e-5 }, ...storages),
      input: (d, { count }, ...storages) => input(d, { eps: 1e-5, count }, ...storages),
      inputFixed: (d, _s, ...storages) => inputFixed(d, { eps: 1e-5 }, ...storages),
    }),
  },
  'momentum-flipped': {
    says: 'momentum is the weight of the new value',
    killers: ['running', 'forward'],
    change: ({ running }) => ({
      running: (d, { momentum }, ...storages) => running(d, { momentum: 1 - momentum }, ...storages),
    }),
  },
  'pixels-not-counted': {
    says: 'sums over images and pixels are divided by the number of images',
    killers: ['rank', 'forward'],
    change: ({ statistics }) => ({
      statistics(d, x, mean, variance) {
        statistics(d, x, mean, variance)
        for (const moment of [mean, variance]) moment.set(mapped(moment, (value) => value * d.inner))
      },
    }),
  },
  'channels-last': {
    says: 'the statistics are taken as if channels were the innermost axis',
    killers: ['channels', 'rank', 'forward'],
    change: ({ statistics }) => ({
      statistics: (d, ...storages) => statistics({ n: d.n * d.inner, channels: d.channels, inner: 1 }, ...storages),
    }),
  },
  'dx-without-mean-term': {
    says: 'the input gradient forgets that the mean moves with x',
    killers: ['centred', 'numeric-gradient', 'backward', 'training/batch-norm-model'],
    change: ({ input }) => ({
      input: (d, s, dy, x, gamma, mean, variance, dgamma, dbeta, dx) =>
        input(d, s, dy, x, gamma, mean, variance, dgamma, zeros(dbeta), dx),
    }),
  },
  'dx-without-variance-term': {
    says: 'the input gradient forgets that the variance moves with x',
    killers: ['centred', 'numeric-gradient', 'backward'],
    change: ({ input }) => ({
      input: (d, s, dy, x, gamma, mean, variance, dgamma, dbeta, dx) =>
        input(d, s, dy, x, gamma, mean, variance, zeros(dgamma), dbeta, dx),
    }),
  },
  'dgamma-of-centred': {
    says: 'dgamma sums dy * (x - mean), not divided by the deviation',
    killers: ['gamma', 'scale', 'backward'],
    change: ({ reduce }) => ({
      reduce(d, s, dy, x, mean, variance, dgamma, dbeta) {
        reduce(d, s, dy, x, mean, variance, dgamma, dbeta)
        dgamma.set(mapped(dgamma, (value, c) => value * Math.sqrt(variance[c] + s.eps)))
      },
    }),
  },
  'test-gradient-without-gamma': {
    says: 'in test mode the input gradient leaves out gamma',
    killers: ['adjoint', 'backward', 'numeric-gradient'],
    change: ({ inputFixed }) => ({
      inputFixed: (d, s, dy, gamma, variance, dx) =>
        inputFixed(
          d,
          s,
          dy,
          mapped(gamma, () => 1),
          variance,
          dx,
        ),
    }),
  },
})
