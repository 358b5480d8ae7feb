import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'

export const adamwMutants = kernelMutants('adamw', {
  'decay-in-gradient': {
    says: 'the decay is added to the gradient: L2 regularisation, which the moments then see',
    killers: ['decoupled', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, m, v, w) {
        const decayed = mapped(g, (value, i) => value + s.weightDecay * w[i])
        update(d, { ...s, weightDecay: 0 }, decayed, m, v, w)
      },
    }),
  },
  'decay-without-learning-rate': {
    says: 'w shrinks by weightDecay, not by learningRate * weightDecay',
    killers: ['decoupled', 'standstill', 'forward'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, weightDecay: s.weightDecay / s.learningRate }, ...storages),
    }),
  },
  'decay-after-step': {
    says: 'the decay is taken of the weight after the step',
    killers: ['decoupled', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, m, v, w) {
        update(d, { ...s, weightDecay: 0 }, g, m, v, w)
        w.set(mapped(w, (value) => value - s.learningRate * s.weightDecay * value))
      },
    }),
  },
  'decay-left-out': {
    says: 'nothing decays: plain Adam',
    killers: ['decoupled', 'forward'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, weightDecay: 0 }, ...storages),
    }),
  },
  'bias-not-corrected': {
    says: 'the moments are used as they are, too small in the first steps',
    killers: ['no-decay', 'decoupled', 'forward'],
    change: ({ update }) => ({
      // By then beta^step is 0.
      update: (d, s, ...storages) => update(d, { ...s, step: 1e9 }, ...storages),
    }),
  },
  'moments-not-stored': {
    says: 'w moves, but the new moments are lost',
    killers: ['no-decay', 'decoupled', 'forward'],
    change: ({ update }) => ({
      update: (d, s, g, m, v, w) => update(d, s, g, m.slice(), v.slice(), w),
    }),
  },
})
