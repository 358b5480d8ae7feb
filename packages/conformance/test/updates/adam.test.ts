import { adamSpec } from '../../src/updates/adam.js'
import { describeLayer, mapped } from '../layers/faults.js'

describeLayer(adamSpec, 'adam', {
  'leaves the last elements as they are': {
    caughtBy: ['elements', 'forward'],
    change: ({ update }) => ({ update: ({ size }, ...rest) => update({ size: size - (size % 4) }, ...rest) }),
  },
  'hides a NaN': {
    caughtBy: ['NaN', 'special values'],
    change: ({ update }) => ({
      update: (d, s, g, ...state) =>
        update(
          d,
          s,
          mapped(g, (value) => value || 0),
          ...state,
        ),
    }),
  },
  'does not correct for the zeros it began with': {
    caughtBy: ['first step', 'forward'],
    change: ({ update }) => ({ update: (d, s, ...rest) => update(d, { ...s, step: 1e6 }, ...rest) }),
  },
  'counts steps from 2': {
    caughtBy: ['first step', 'forward'],
    change: ({ update }) => ({ update: (d, s, ...rest) => update(d, { ...s, step: s.step + 1 }, ...rest) }),
  },
  'adds epsilon under the root': {
    caughtBy: ['scale', 'first step', 'forward'],
    elements: 65,
    change: () => ({
      update({ size }, { learningRate, beta1, beta2, epsilon, step }, g, m, v, w) {
        for (let i = 0; i < size; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * g[i]
          v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
          w[i] -= (learningRate * (m[i] / (1 - beta1 ** step))) / Math.sqrt(v[i] / (1 - beta2 ** step) + epsilon)
        }
      },
    }),
  },
  'swaps the betas': {
    caughtBy: ['forward'],
    change: ({ update }) => ({
      update: (d, s, ...rest) => update(d, { ...s, beta1: s.beta2, beta2: s.beta1 }, ...rest),
    }),
  },
  'keeps m where v belongs': {
    caughtBy: ['scale', 'forward'],
    change: ({ update }) => ({ update: (d, s, g, m, v, w) => update(d, s, g, v, m, w) }),
  },
  'does nothing at rate 0': {
    caughtBy: ['standstill'],
    change: ({ update }) => ({
      update(d, s, ...rest) {
        if (s.learningRate > 0) update(d, s, ...rest)
      },
    }),
  },
  'forgets epsilon': {
    caughtBy: ['rest'],
    change: ({ update }) => ({ update: (d, s, ...rest) => update(d, { ...s, epsilon: 0 }, ...rest) }),
  },
})
