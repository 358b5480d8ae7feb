import type { BatchNormDims, Data } from '@convkit/api'
import { batchNormSpec } from '../../src/layers/batchNorm.js'
import { describeLayer, mapped } from './faults.js'

const channelOf =
  ({ channels, inner }: BatchNormDims) =>
  (i: number) =>
    Math.floor(i / inner) % channels

/** Eleven bits of a number. */
const coarse = (value: number) => {
  const step = 2 ** (Math.floor(Math.log2(Math.abs(value))) - 10)
  return value === 0 ? 0 : Math.round(value / step) * step
}

describeLayer(batchNormSpec, 'batchNorm', {
  'divides the variance by K - 1': {
    caughtBy: ['forward', 'backward', 'centred'],
    change: ({ statistics }) => ({
      statistics(d, x, mean, variance) {
        const K = d.n * d.inner
        statistics(d, x, mean, variance)
        variance.set(mapped(variance, (value) => (value * K) / Math.max(1, K - 1)))
      },
    }),
  },
  'takes the variance in a single pass': {
    caughtBy: ['forward'],
    elements: 18,
    change: ({ statistics }) => ({
      statistics(d, x, mean, variance) {
        statistics(d, x, mean, variance)
        const round = x instanceof Float32Array ? Math.fround : (value: number) => value
        const squares = variance.slice()
        statistics(
          d,
          mapped(x, (value) => round(value * value)),
          squares,
          variance.slice(),
        )
        variance.set(mapped(squares, (square, c) => Math.max(0, square - round(mean[c] * mean[c]))))
      },
    }),
  },
  'divides by its own count': {
    caughtBy: ['synchronised'],
    change: ({ input }) => ({
      input: (d, s, ...storages) => input(d, { ...s, count: d.n * d.inner }, ...storages),
    }),
  },
  'takes the mean square for the variance': {
    caughtBy: ['shift', 'forward'],
    change: ({ statistics }) => ({
      statistics(d, x, mean, variance) {
        statistics(d, x, mean, variance)
        variance.set(mapped(variance, (value, c) => value + mean[c] ** 2))
      },
    }),
  },
  'adds eps to the standard deviation': {
    caughtBy: ['scale', 'forward'],
    change: ({ normalize }) => ({
      normalize(d, { eps }, x, gamma, beta, mean, variance, y) {
        const outside = Float64Array.from(variance, (value) => (Math.sqrt(value) + eps) ** 2)
        normalize(d, { eps: 0 }, x, gamma, beta, mean, outside, y)
      },
    }),
  },
  'gives momentum to the new value': {
    caughtBy: ['running', 'forward'],
    change: ({ running }) => ({
      running: (d, { momentum }, ...storages) => running(d, { momentum: 1 - momentum }, ...storages),
    }),
  },
  'averages variances of K - 1': {
    caughtBy: ['running', 'forward'],
    change: ({ running, statistics }) => {
      const variances = new WeakSet<Data>()
      return {
        statistics(d, x, mean, variance) {
          statistics(d, x, mean, variance)
          variances.add(variance)
        },
        running(d, s, batch, running_) {
          const K = d.n * d.inner
          const factor = variances.has(batch) ? K / Math.max(1, K - 1) : 1
          running(
            d,
            s,
            mapped(batch, (value) => value * factor),
            running_,
          )
        },
      }
    },
  },
  'forgets to divide sums by the count': {
    caughtBy: ['centred', 'backward', 'numeric gradient'],
    change: ({ input }) => ({ input: (d, s, ...storages) => input(d, { ...s, count: 1 }, ...storages) }),
  },
  'takes the statistics for constants': {
    caughtBy: ['centred', 'backward', 'numeric gradient'],
    change: ({ inputFixed }) => ({
      input: (d, s, dy, _x, gamma, _mean, variance, _dgamma, _dbeta, dx) => inputFixed(d, s, dy, gamma, variance, dx),
    }),
  },
  'forgets gamma in test mode': {
    caughtBy: ['adjoint', 'backward'],
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
  'forgets the deviation in dgamma': {
    caughtBy: ['gamma', 'backward'],
    change: ({ reduce }) => ({
      reduce(d, s, dy, x, mean, variance, dgamma, dbeta) {
        reduce(d, s, dy, x, mean, variance, dgamma, dbeta)
        dgamma.set(mapped(dgamma, (value, c) => value * Math.sqrt(variance[c] + s.eps)))
      },
    }),
  },
  "shares the first channel's mean": {
    caughtBy: ['channels', 'forward'],
    change: ({ normalize }) => ({
      normalize: (d, s, x, gamma, beta, mean, variance, y) =>
        normalize(
          d,
          s,
          x,
          gamma,
          beta,
          mapped(mean, () => mean[0]),
          variance,
          y,
        ),
    }),
  },
  'takes channels for the innermost axis': {
    caughtBy: ['rank', 'forward'],
    elements: 18,
    change: ({ statistics }) => ({
      statistics: (d, ...storages) => statistics({ n: d.n * d.inner, channels: d.channels, inner: 1 }, ...storages),
    }),
  },
  'leaves the last image out of its sums': {
    caughtBy: ['batch order', 'forward'],
    change: ({ statistics }) => ({
      statistics: (d, ...storages) => statistics({ ...d, n: Math.max(1, d.n - 1) }, ...storages),
    }),
  },
  'takes gamma for positive': {
    caughtBy: ['additivity', 'forward'],
    elements: 16,
    change: ({ normalize }) => ({
      normalize: (d, s, x, gamma, ...storages) => normalize(d, s, x, mapped(gamma, Math.abs), ...storages),
    }),
  },
  'keeps eleven bits of y': {
    caughtBy: ['forward'],
    change: ({ normalize }) => ({
      normalize(...args) {
        normalize(...args)
        const y = args[7]
        y.set(mapped(y, coarse))
      },
    }),
  },
  'hides a NaN': {
    caughtBy: ['NaN'],
    change: ({ normalize }) => ({
      normalize(d, s, x, gamma, beta, mean, variance, y) {
        normalize(d, s, x, gamma, beta, mean, variance, y)
        const channel = channelOf(d)
        y.set(mapped(y, (value, i) => (Number.isNaN(value) ? beta[channel(i)] || 0 : value)))
      },
    }),
  },
  'takes the statistics of its last forward pass': {
    caughtBy: ['saved'],
    change({ normalize, reduce }) {
      let last: readonly [Data, Data] | null = null
      return {
        normalize(d, s, x, gamma, beta, mean, variance, y) {
          normalize(d, s, x, gamma, beta, mean, variance, y)
          last = [mean.slice(), variance.slice()]
        },
        reduce: (d, s, dy, x, mean, variance, ...outputs) =>
          reduce(d, s, dy, x, ...(last ?? [mean, variance]), ...outputs),
      }
    },
  },
})
