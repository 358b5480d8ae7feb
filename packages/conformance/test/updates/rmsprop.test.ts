import { rmspropSpec } from '../../src/updates/rmsprop.js'
import { describeLayer, mapped } from '../layers/faults.js'

describeLayer(rmspropSpec, 'rmsprop', {
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
  'adds epsilon under the root': {
    caughtBy: ['scale', 'late Adam', 'forward'],
    change: () => ({
      update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = decayRate * v[i] + (1 - decayRate) * g[i] * g[i]
          w[i] -= (learningRate * g[i]) / Math.sqrt(v[i] + epsilon)
        }
      },
    }),
  },
  'gives decayRate to the new square': {
    caughtBy: ['late Adam', 'forward'],
    change: ({ update }) => ({
      update: (d, s, ...rest) => update(d, { ...s, decayRate: 1 - s.decayRate }, ...rest),
    }),
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
