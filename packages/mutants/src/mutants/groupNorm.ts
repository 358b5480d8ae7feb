import type { Data, GroupNormDims } from '@convkit/api'
import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'
import { epsOutsideRoot, range, singlePass, statisticsTimes, unbias } from './norms.js'

const channelOf = ({ channels, inner }: GroupNormDims, i: number) => Math.floor(i / inner) % channels
const groupOf = (d: GroupNormDims, c: number) => Math.floor(c / (d.channels / d.groups))
const sizeOf = (d: GroupNormDims) => (d.channels / d.groups) * d.inner
/** The group of an element, counted through all images. */
const statisticOf = (d: GroupNormDims, i: number) => Math.floor(i / sizeOf(d))

/** Where channels go when group g holds g, g + G, g + 2 G, ... */
function dealt({ channels: C, groups: G }: GroupNormDims): number[] {
  return Array.from({ length: C }, (_, c) => (c % (C / G)) * G + Math.floor(c / (C / G)))
}

/** Planes of `inner` elements, or single ones, in another order of channels. */
function takeChannels(array: Data, inner: number, order: readonly number[]): Data {
  return mapped(array, (_, i) => {
    const c = Math.floor(i / inner) % order.length
    return array[i + (order[c] - c) * inner]
  })
}

/** xhat by statistics that are stored, then gamma and beta. */
function normalize(
  d: GroupNormDims,
  eps: number,
  x: Data,
  gamma: Data,
  beta: Data,
  y: Data,
  mean: Data,
  v: Data,
): void {
  for (let i = 0; i < x.length; i++) {
    const [c, g] = [channelOf(d, i), statisticOf(d, i)]
    y[i] = (gamma[c] * (x[i] - mean[g])) / Math.sqrt(v[g] + eps) + beta[c]
  }
}

export const groupNormMutants = kernelMutants('groupNorm', {
  'groups-ignored': {
    says: 'both passes normalise each image as one group',
    killers: ['forward', 'backward', 'groups'],
    change: ({ forward, backward }) => ({
      forward: (d, ...rest) => forward({ ...d, groups: 1 }, ...rest),
      backward: (d, ...rest) => backward({ ...d, groups: 1 }, ...rest),
    }),
  },
  'groups-interleaved': {
    says: 'the forward pass deals channels out to groups in turn instead of in blocks',
    killers: ['forward', 'numeric-gradient'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        const order = dealt(d)
        const back = order.map((_, c) => order.indexOf(c))
        const take = (parameter: Data) => takeChannels(parameter, 1, order)
        forward(d, s, takeChannels(x, d.inner, order), take(gamma), take(beta), y, mean, variance)
        y.set(takeChannels(y, d.inner, back))
      },
    }),
  },
  'gamma-per-group': {
    says: 'all channels of a group share the gamma of its first',
    killers: ['gamma', 'forward', 'numeric-gradient'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, ...rest) {
        const shared = mapped(gamma, (_, c) => gamma[groupOf(d, c) * (d.channels / d.groups)])
        forward(d, s, x, shared, ...rest)
      },
    }),
  },
  'unbiased-variance': {
    says: 'the variance of a group is divided by K - 1',
    killers: ['forward', 'numeric-gradient', 'centred', 'instances'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        variance.set(mapped(variance, (value) => value * unbias(sizeOf(d))))
        normalize(d, s.eps, x, gamma, beta, y, mean, variance)
      },
    }),
  },
  'single-pass-variance': {
    says: 'the variance is mean(x^2) - mean(x)^2, which a large mean destroys',
    killers: ['shift', 'forward'],
    change: () => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        for (let g = 0; g < d.n * d.groups; g++) {
          const moments = singlePass(x, range(g * sizeOf(d), (g + 1) * sizeOf(d)))
          mean[g] = moments.mean
          variance[g] = moments.variance
        }
        normalize(d, s.eps, x, gamma, beta, y, mean, variance)
      },
    }),
  },
  'eps-outside-root': {
    says: 'the forward pass divides by sqrt(variance) + eps',
    killers: ['forward', 'scale', 'numeric-gradient'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        normalize(d, s.eps, x, gamma, beta, y, mean, epsOutsideRoot(variance, s.eps))
      },
    }),
  },
  'pixels-not-counted-in-dx': {
    says: 'the sums in the input gradient are divided by the channels of a group, not by its elements',
    killers: ['centred', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta)
        const sigma = (i: number) => Math.sqrt(variance[statisticOf(d, i)] + s.eps)
        if (dx) statisticsTimes(d.inner, dx, (i) => (gamma[channelOf(d, i)] * dy[i]) / sigma(i))
      },
    }),
  },
  'dgamma-by-first-image': {
    says: 'the gamma gradient of every image is taken with the statistics of the first',
    killers: ['gamma', 'batch-order', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
        const first = (array: Data) => mapped(array, (_, g) => array[g % d.groups])
        backward(d, s, dy, x, gamma, mean, variance, dx, null, dbeta)
        if (dgamma) backward(d, s, dy, x, gamma, first(mean), first(variance), null, dgamma, null)
      },
    }),
  },
  'dbeta-of-last-image': {
    says: 'each image overwrites the beta gradient of the one before: = for +=',
    killers: ['gamma', 'batch-order', 'backward', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
        backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, null)
        const last = dy.subarray((d.n - 1) * d.channels * d.inner)
        if (dbeta) backward({ ...d, n: 1 }, s, last, x, gamma, mean, variance, null, null, dbeta)
      },
    }),
  },
})
