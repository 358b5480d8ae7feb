import type { Data, LayerNormDims } from '@convkit/api'
import { layerNormSpec } from '../../src/layers/layerNorm.js'
import { describeLayer, mapped } from './faults.js'
import { divideBy } from './norms.js'

function view({ size }: LayerNormDims, eps: number, y: Data, beta: Data, variance: Data) {
  return { y, eps, beta: (i: number) => beta[i % size], variance: (i: number) => variance[Math.floor(i / size)] }
}

describeLayer(layerNormSpec, 'layerNorm', {
  'divides the variance by D - 1': {
    caughtBy: ['forward', 'one group', 'numeric gradient'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        const factor = d.size / Math.max(1, d.size - 1)
        divideBy(view(d, s.eps, y, beta, variance), (value) => Math.sqrt(value * factor + s.eps))
      },
    }),
  },
  'takes the mean square for the variance': {
    caughtBy: ['shift', 'forward'],
    change: ({ forward }) => ({
      forward(d, s, x, gamma, beta, y, mean, variance) {
        forward(d, s, x, gamma, beta, y, mean, variance)
        const square = (value: number, i: number) => Math.sqrt(value + mean[Math.floor(i / d.size)] ** 2 + s.eps)
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
        dx?.set(mapped(dy, (g, i) => (g * gamma[i % d.size]) / Math.sqrt(variance[Math.floor(i / d.size)] + s.eps)))
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
  'scales by gamma in reverse order': {
    caughtBy: ['features', 'forward'],
    change: ({ forward }) => ({
      forward: (d, s, x, gamma, ...storages) => forward(d, s, x, gamma.slice().reverse(), ...storages),
    }),
  },
  'takes gamma for positive': {
    caughtBy: ['additivity', 'forward'],
    elements: 17,
    change: ({ forward }) => ({
      forward: (d, s, x, gamma, ...storages) => forward(d, s, x, mapped(gamma, Math.abs), ...storages),
    }),
  },
  "adds the first row's mean to every row": {
    caughtBy: ['rows', 'batch order'],
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
