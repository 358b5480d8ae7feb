import { adamwSpec } from '../../src/updates/adamw.js'
import { describeLayer, mapped } from '../layers/faults.js'

describeLayer(adamwSpec, 'adamw', {
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
  'adds the decay to the gradient': {
    caughtBy: ['decoupled', 'forward'],
    change: ({ update }) => ({
      update: (d, s, g, m, v, w) =>
        update(
          d,
          { ...s, weightDecay: 0 },
          mapped(g, (value, i) => value + s.weightDecay * w[i]),
          m,
          v,
          w,
        ),
    }),
  },
  'decays after the step': {
    caughtBy: ['decoupled', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, m, v, w) {
        update(d, { ...s, weightDecay: 0 }, g, m, v, w)
        w.set(mapped(w, (value) => value * (1 - s.learningRate * s.weightDecay)))
      },
    }),
  },
  'decays by weightDecay alone': {
    caughtBy: ['decoupled', 'standstill', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, m, v, w) {
        w.set(mapped(w, (value) => value * (1 - s.weightDecay)))
        update(d, { ...s, weightDecay: 0 }, g, m, v, w)
      },
    }),
  },
  'always decays': {
    caughtBy: ['no decay', 'rest'],
    change: ({ update }) => ({
      update: (d, s, ...rest) => update(d, { ...s, weightDecay: s.weightDecay || 1e-2 }, ...rest),
    }),
  },
  'takes epsilon for relative to the gradient': {
    caughtBy: ['scale'],
    change: ({ update }) => ({
      update: (d, s, g, ...state) => update(d, { ...s, epsilon: s.epsilon * Math.abs(g[0]) }, g, ...state),
    }),
  },
})
