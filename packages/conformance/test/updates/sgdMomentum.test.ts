import { sgdMomentumSpec } from '../../src/updates/sgdMomentum.js'
import { describeLayer, mapped } from '../layers/faults.js'

describeLayer(sgdMomentumSpec, 'sgdMomentum', {
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
  'looks ahead, as Nesterov does': {
    caughtBy: ['coasting', 'forward'],
    change: () => ({
      update({ size }, { learningRate, momentum }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = momentum * v[i] - learningRate * g[i]
          w[i] += momentum * v[i] - learningRate * g[i]
        }
      },
    }),
  },
  'multiplies the velocity by the rate': {
    caughtBy: ['coasting', 'forward'],
    change: () => ({
      update({ size }, { learningRate, momentum }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = momentum * v[i] + g[i]
          w[i] -= learningRate * v[i]
        }
      },
    }),
  },
  'has a momentum of 0.9, whatever the call says': {
    caughtBy: ['no momentum', 'coasting', 'forward'],
    change: ({ update }) => ({ update: (d, s, ...rest) => update(d, { ...s, momentum: 0.9 }, ...rest) }),
  },
  'decays the weights': {
    caughtBy: ['rest', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        update(d, s, g, v, w)
        w.set(mapped(w, (value) => value * 0.99))
      },
    }),
  },
  'clips its gradients': {
    caughtBy: ['scale', 'forward'],
    change: ({ update }) => ({
      update: (d, s, g, ...state) =>
        update(
          d,
          s,
          mapped(g, (value) => Math.max(-1, Math.min(1, value))),
          ...state,
        ),
    }),
  },
})
