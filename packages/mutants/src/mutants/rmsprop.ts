import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'

export const rmspropMutants = kernelMutants('rmsprop', {
  'epsilon-under-root': {
    says: 'the step is divided by sqrt(v + epsilon)',
    killers: ['forward', 'scale', 'late-Adam'],
    change: () => ({
      update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = decayRate * v[i] + (1 - decayRate) * g[i] * g[i]
          w[i] -= (learningRate * g[i]) / Math.sqrt(v[i] + epsilon)
        }
      },
    }),
  },
  'epsilon-missing': {
    says: 'nothing is added to the root, so that a zero gradient gives NaN',
    killers: ['rest', 'forward'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, epsilon: 0 }, ...storages),
    }),
  },
  'decay-flipped': {
    says: 'the decay rate is the weight of the new square',
    killers: ['forward', 'late-Adam'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, decayRate: 1 - s.decayRate }, ...storages),
    }),
  },
  'old-square': {
    says: 'the step is divided by the root of the average before this gradient',
    killers: ['forward', 'late-Adam', 'training/one-step-rmsprop'],
    change: () => ({
      update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
        for (let i = 0; i < size; i++) {
          w[i] -= (learningRate * g[i]) / (Math.sqrt(v[i]) + epsilon)
          v[i] = decayRate * v[i] + (1 - decayRate) * g[i] * g[i]
        }
      },
    }),
  },
  'root-missing': {
    says: 'the step is divided by v itself',
    killers: ['forward', 'scale', 'late-Adam'],
    change: () => ({
      update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = decayRate * v[i] + (1 - decayRate) * g[i] * g[i]
          w[i] -= (learningRate * g[i]) / (v[i] + epsilon)
        }
      },
    }),
  },
  'squares-summed': {
    says: 'squares are summed and never decay, as Adagrad has it',
    killers: ['forward', 'late-Adam'],
    change: () => ({
      update({ size }, { learningRate, epsilon }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] += g[i] * g[i]
          w[i] -= (learningRate * g[i]) / (Math.sqrt(v[i]) + epsilon)
        }
      },
    }),
  },
  'square-not-stored': {
    says: 'w moves, but the new average is lost',
    killers: ['forward', 'late-Adam'],
    change: ({ update }) => ({
      update: (d, s, g, v, w) =>
        update(
          d,
          s,
          g,
          mapped(v, (value) => value),
          w,
        ),
    }),
  },
})
