import { sgdSpec } from '../../src/updates/sgd.js'
import { describeLayer, mapped } from '../layers/faults.js'

describeLayer(sgdSpec, 'sgd', {
  'leaves the last elements as they are': {
    caughtBy: ['elements', 'forward'],
    change: ({ update }) => ({ update: ({ size }, ...rest) => update({ size: size - (size % 4) }, ...rest) }),
  },
  'hides a NaN': {
    caughtBy: ['NaN', 'special values'],
    change: ({ update }) => ({
      update: (d, s, g, w) =>
        update(
          d,
          s,
          mapped(g, (value) => value || 0),
          w,
        ),
    }),
  },
  'never takes a rate below a millionth': {
    caughtBy: ['standstill'],
    change: ({ update }) => ({
      update: (d, { learningRate }, ...rest) => update(d, { learningRate: Math.max(1e-6, learningRate) }, ...rest),
    }),
  },
  'decays the weights': {
    caughtBy: ['rest', 'forward'],
    change: ({ update }) => ({
      update: (d, s, g, w) =>
        update(
          d,
          s,
          mapped(g, (value, i) => value + 1e-2 * w[i]),
          w,
        ),
    }),
  },
  'clips its gradients': {
    caughtBy: ['scale', 'rate', 'forward'],
    change: ({ update }) => ({
      update: (d, s, g, w) =>
        update(
          d,
          s,
          mapped(g, (value) => Math.max(-1, Math.min(1, value))),
          w,
        ),
    }),
  },
  climbs: {
    caughtBy: ['forward'],
    change: ({ update }) => ({
      update: (d, { learningRate }, ...rest) => update(d, { learningRate: -learningRate }, ...rest),
    }),
  },
})
