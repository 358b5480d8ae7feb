import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'

export const nesterovMutants = kernelMutants('nesterov', {
  'heavy-ball': {
    says: 'w moves by the velocity alone: momentum without looking ahead',
    killers: ['coasting', 'forward', 'large'],
    change: () => ({
      update({ size }, { learningRate, momentum, weightDecay }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = momentum * v[i] + g[i]
          w[i] -= learningRate * weightDecay * w[i] + learningRate * v[i]
        }
      },
    }),
  },
  'looks-back': {
    says: 'w moves by the gradient and momentum times the velocity of the step before',
    killers: ['coasting', 'forward', 'large'],
    change: () => ({
      update({ size }, { learningRate, momentum, weightDecay }, g, v, w) {
        for (let i = 0; i < size; i++) {
          w[i] -= learningRate * weightDecay * w[i] + learningRate * (g[i] + momentum * v[i])
          v[i] = momentum * v[i] + g[i]
        }
      },
    }),
  },
  'rate-in-velocity': {
    says: 'the velocity holds the learning rate and its sign, as in sgdMomentum',
    killers: ['forward', 'standstill', 'coasting'],
    change: () => ({
      update({ size }, { learningRate, momentum, weightDecay }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = momentum * v[i] - learningRate * g[i]
          w[i] += momentum * v[i] - learningRate * (g[i] + weightDecay * w[i])
        }
      },
    }),
  },
  'gradient-left-out': {
    says: 'w moves by momentum times the velocity, without the gradient of its own',
    killers: ['no-momentum', 'forward', 'large'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        update(d, s, g, v, w)
        w.set(mapped(w, (value, i) => value + s.learningRate * g[i]))
      },
    }),
  },
  'velocity-not-stored': {
    says: 'w moves, but the new velocity is lost',
    killers: ['forward', 'large'],
    change: ({ update }) => ({
      update: (d, s, g, v, w) => update(d, s, g, v.slice(), w),
    }),
  },
  'decay-in-gradient': {
    says: 'the decay is added to the gradient: L2 regularisation, which the velocity then sees',
    killers: ['decoupled', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        const decayed = mapped(g, (value, i) => value + s.weightDecay * w[i])
        update(d, { ...s, weightDecay: 0 }, decayed, v, w)
      },
    }),
  },
  'zero-gradient-clears': {
    says: 'where the gradient is 0 the weight is not written but taken from an empty buffer',
    killers: ['rest', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        update(d, s, g, v, w)
        w.set(mapped(w, (value, i) => (g[i] === 0 ? 0 : value)))
      },
    }),
  },
  'gradient-clipped': {
    says: 'elements of the gradient beyond 1 are cut to 1, as if clipping were meant',
    killers: ['scale', 'forward'],
    change: ({ update }) => ({
      update: (d, s, g, v, w) =>
        update(
          d,
          s,
          mapped(g, (value) => Math.max(-1, Math.min(1, value))),
          v,
          w,
        ),
    }),
  },
  'decay-without-learning-rate': {
    says: 'w shrinks by weightDecay, not by learningRate * weightDecay',
    killers: ['decoupled', 'standstill', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        const before = mapped(w, (value) => value - s.weightDecay * value)
        w.set(before)
        update(d, { ...s, weightDecay: 0 }, g, v, w)
      },
    }),
  },
})
