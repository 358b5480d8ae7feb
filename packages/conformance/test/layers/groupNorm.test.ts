import type { Data, GroupNormDims } from '@convkit/api'
import { groupNormSpec } from '../../src/layers/groupNorm.js'
import { describeLayer, mapped } from './faults.js'
import { divideBy } from './norms.js'

const sizeOf = ({ channels, groups, inner }: GroupNormDims) => (channels / groups) * inner
const groupOf = (d: GroupNormDims) => (i: number) => Math.floor(i / sizeOf(d))
const channelOf = (d: GroupNormDims) => (i: number) => Math.floor(i / d.inner) % d.channels

function view(d: GroupNormDims, eps: number, y: Data, beta: Data, variance: Data) {
  const [group, channel] = [groupOf(d), channelOf(d)]
  return { y, eps, beta: (i: number) => beta[channel(i)], variance: (i: number) => variance[group(i)] }
}

describeLayer(groupNormSpec, 'groupNorm', {
  'divides the variance by K - 1': {
    caughtBy: ['forward', 'instances', 'numeric gradient'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        const factor = sizeOf(d) / Math.max(1, sizeOf(d) - 1)
        divideBy(view(d, s.eps, y, beta, variance), (value) => Math.sqrt(value * factor + s.eps))
      },
    }),
  },
  'takes the mean square for the variance': {
    caughtBy: ['shift', 'forward'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        const group = groupOf(d)
        const square = (value: number, i: number) => Math.sqrt(value + mean[group(i)] ** 2 + s.eps)
        divideBy(view(d, s.eps, y, beta, variance), square)
      },
    }),
  },
  'adds eps to the standard deviation': {
    caughtBy: ['scale', 'forward'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        divideBy(view(d, s.eps, y, beta, variance), (value) => Math.sqrt(value) + s.eps)
      },
    }),
  },
  'takes the statistics for constants': {
    caughtBy: ['centred', 'backward', 'numeric gradient'],
    change: ({ backward }) => ({
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
        backward(d, s, dy, x, gamma, mean, variance, null, dgamma, dbeta)
        const [group, channel] = [groupOf(d), channelOf(d)]
        dx?.set(mapped(dy, (g, i) => (g * gamma[channel(i)]) / Math.sqrt(variance[group(i)] + s.eps)))
      },
    }),
  },
  'forgets the deviation in dgamma': {
    caughtBy: ['gamma', 'backward'],
    change: ({ backward }) => ({
      backward(d, s, dy, x, gamma, mean, variance, dx, dgamma, dbeta) {
        const one = mapped(variance, () => 1 - s.eps)
        backward(d, s, dy, x, gamma, mean, variance, dx, null, dbeta)
        backward(d, s, dy, x, gamma, mean, one, null, dgamma, null)
      },
    }),
  },
  'takes gamma for positive': {
    caughtBy: ['additivity', 'forward'],
    elements: 17,
    change: ({ forward }) => ({
      forward: (d, s, x, gamma, ...storages) => forward(d, s, x, mapped(gamma, Math.abs), ...storages),
    }),
  },
  "adds the first group's mean to every group": {
    caughtBy: ['groups', 'images', 'batch order'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        y.set(mapped(y, (value) => value + mean[0]))
      },
    }),
  },
  'hides a NaN': {
    caughtBy: ['NaN'],
    change: ({ forward }) => ({
      forward: (d, s, x, gamma, beta, ...storages) =>
        forward(
          d,
          s,
          x,
          gamma,
          mapped(beta, (value) => value || 0),
          ...storages,
        ),
    }),
  },
  'takes the mean of its last forward pass': {
    caughtBy: ['saved'],
    change({ forward, backward }) {
      let last: Data | null = null
      return {
        forward(d, s, x, gamma, beta, y, mean, variance) {
          forward(d, s, x, gamma, beta, y, mean, variance)
          last = mean.slice()
        },
        backward: (d, s, dy, x, gamma, mean, ...storages) => backward(d, s, dy, x, gamma, last ?? mean, ...storages),
      }
    },
  },
})
