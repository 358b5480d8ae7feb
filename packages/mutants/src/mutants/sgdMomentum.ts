import { mapped } from './faults.js'
import { kernelMutants } from './mutant.js'

export const sgdMomentumMutants = kernelMutants('sgdMomentum', {
  'other-sign': {
    says: 'v = momentum * v + g and w -= learningRate * v, as another framework has it',
    killers: ['forward', 'coasting'],
    change: () => ({
      update({ size }, { learningRate, momentum }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = momentum * v[i] + g[i]
          w[i] -= learningRate * v[i]
        }
      },
    }),
  },
  dampened: {
    says: 'the gradient is weighted by 1 - momentum',
    killers: ['forward', 'large'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        update(
          d,
          s,
          mapped(g, (value) => (1 - s.momentum) * value),
          v,
          w,
        )
      },
    }),
  },
  nesterov: {
    says: 'w moves by momentum * v - learningRate * g once more: the accelerated form',
    killers: ['forward', 'coasting'],
    change: () => ({
      update({ size }, { learningRate, momentum }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = momentum * v[i] - learningRate * g[i]
          w[i] += momentum * v[i] - learningRate * g[i]
        }
      },
    }),
  },
  'old-velocity': {
    says: 'w moves by the velocity of the step before',
    killers: ['no-momentum', 'coasting', 'forward', 'training/one-step-sgdMomentum'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        const before = mapped(w, (value, i) => value + v[i])
        update(d, s, g, v, w)
        w.set(before)
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
  'momentum-fixed': {
    says: 'momentum is 0.9, whatever the call says',
    killers: ['no-momentum', 'coasting', 'forward'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, momentum: 0.9 }, ...storages),
    }),
  },
})
