import type { AdamScalars, Data } from '@convkit/api'
import { wrongUnder } from './convention.js'
import { mapped } from './faults.js'
import type { Mutant } from './mutant.js'

const sgdMomentumMutants = wrongUnder('sgdMomentum', {
  'rate-inside-and-outside': {
    says: 'the learning rate stands in the velocity and in the step',
    declares: { learningRate: 'outsideVelocity' },
    killers: ['forward', 'no-momentum'],
    change: ({ update }) => ({
      update: (d, s, g, v, w) =>
        update(
          d,
          s,
          mapped(g, (value) => s.learningRate * value),
          v,
          w,
        ),
    }),
  },
  'moved-by-old-velocity': {
    says: 'weights move by the velocity before this gradient',
    declares: { learningRate: 'outsideVelocity' },
    killers: ['forward', 'no-momentum', 'coasting'],
    change: () => ({
      update({ size }, { learningRate, momentum }, g, v, w) {
        for (let i = 0; i < size; i++) {
          w[i] -= learningRate * v[i]
          v[i] = momentum * v[i] + g[i]
        }
      },
    }),
  },
})

const rmspropMutants = wrongUnder('rmsprop', {
  'epsilon-inside-and-outside': {
    says: 'epsilon is added under the root, and to it',
    declares: { epsilon: 'insideRoot' },
    killers: ['scale', 'late-Adam', 'forward'],
    change: () => ({
      update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
        for (let i = 0; i < size; i++) {
          v[i] = decayRate * v[i] + (1 - decayRate) * g[i] * g[i]
          w[i] -= (learningRate * g[i]) / (Math.sqrt(v[i] + epsilon) + epsilon)
        }
      },
    }),
  },
  'epsilon-stays-in-v': {
    says: 'what is under the root is stored as v, epsilon included',
    declares: { epsilon: 'insideRoot' },
    killers: ['rest', 'forward'],
    change: ({ update }) => ({
      update(d, s, g, v, w) {
        update(d, s, g, v, w)
        for (let i = 0; i < d.size; i++) v[i] += s.epsilon
      },
    }),
  },
})

/** Adam, but for the factor of its rate and the epsilon of its root. */
function corrected(
  change: (s: AdamScalars, correction2: number) => { readonly factor: number; readonly epsilon: number },
) {
  return () => ({
    update({ size }: { readonly size: number }, s: AdamScalars, g: Data, m: Data, v: Data, w: Data): void {
      const { factor, epsilon } = change(s, 1 - s.beta2 ** s.step)
      const rate = (factor * s.learningRate) / (1 - s.beta1 ** s.step)
      for (let i = 0; i < size; i++) {
        m[i] = s.beta1 * m[i] + (1 - s.beta1) * g[i]
        v[i] = s.beta2 * v[i] + (1 - s.beta2) * g[i] * g[i]
        w[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + epsilon)
      }
    },
  })
}

const adamMutants = wrongUnder('adam', {
  'second-correction-lost': {
    says: 'epsilon is added before the correction, which is then left out',
    declares: { epsilon: 'beforeCorrection' },
    killers: ['first-step', 'forward'],
    change: corrected(({ epsilon }) => ({ factor: 1, epsilon })),
  },
  'epsilon-corrected-too': {
    says: 'epsilon is scaled by the correction, as if it were added after it',
    declares: { epsilon: 'beforeCorrection' },
    killers: ['first-step', 'forward'],
    change: corrected(({ epsilon }, correction2) => ({
      factor: Math.sqrt(correction2),
      epsilon: epsilon * Math.sqrt(correction2),
    })),
  },
})

const adamwMutants = wrongUnder('adamw', {
  'lone-decay-after-step': {
    says: 'the declared decay takes its part of the weights after the step',
    declares: { decay: 'alone' },
    killers: ['forward', 'decoupled'],
    change: ({ update }) => ({
      update(d, s, g, m, v, w) {
        update(d, { ...s, weightDecay: 0 }, g, m, v, w)
        for (let i = 0; i < d.size; i++) w[i] -= s.weightDecay * w[i]
      },
    }),
  },
  'lone-decay-times-rate': {
    says: 'the decay is multiplied by the learning rate, though it is declared to stand alone',
    declares: { decay: 'alone' },
    killers: ['standstill', 'decoupled', 'forward'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, weightDecay: s.learningRate * s.weightDecay }, ...storages),
    }),
  },
})

/** Optimizers that are wrong under the convention that they declare, and right under none. */
export const updateConventionMutants: readonly Mutant[] = [
  ...sgdMomentumMutants,
  ...rmspropMutants,
  ...adamMutants,
  ...adamwMutants,
]
