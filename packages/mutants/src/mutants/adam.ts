import type { AdamScalars, Data } from '@convkit/api'
import { kernelMutants } from './mutant.js'

/** Adam, but for how w moves by the new m and v. */
function movedBy(move: (m: number, v: number, s: AdamScalars, beta1T: number, beta2T: number) => number) {
  return () => ({
    update({ size }: { readonly size: number }, s: AdamScalars, g: Data, m: Data, v: Data, w: Data): void {
      const [beta1T, beta2T] = [s.beta1 ** s.step, s.beta2 ** s.step]
      for (let i = 0; i < size; i++) {
        m[i] = s.beta1 * m[i] + (1 - s.beta1) * g[i]
        v[i] = s.beta2 * v[i] + (1 - s.beta2) * g[i] * g[i]
        w[i] -= s.learningRate * move(m[i], v[i], s, beta1T, beta2T)
      }
    },
  })
}

export const adamMutants = kernelMutants('adam', {
  'bias-not-corrected': {
    says: 'the moments are used as they are, too small in the first steps',
    killers: ['first-step', 'forward'],
    change: movedBy((m, v, { epsilon }) => m / (Math.sqrt(v) + epsilon)),
  },
  'second-moment-not-corrected': {
    says: 'only the first moment is corrected for its bias',
    killers: ['first-step', 'forward'],
    change: movedBy((m, v, { epsilon }, beta1T) => m / (1 - beta1T) / (Math.sqrt(v) + epsilon)),
  },
  'epsilon-before-correction': {
    says: 'epsilon is added to the root of v before its bias is corrected',
    killers: ['first-step', 'forward'],
    change: movedBy(
      (m, v, { epsilon }, beta1T, beta2T) => ((m / (1 - beta1T)) * Math.sqrt(1 - beta2T)) / (Math.sqrt(v) + epsilon),
    ),
  },
  'epsilon-under-root': {
    says: 'epsilon is added under the root',
    killers: ['scale', 'first-step', 'forward'],
    change: movedBy((m, v, { epsilon }, beta1T, beta2T) => m / (1 - beta1T) / Math.sqrt(v / (1 - beta2T) + epsilon)),
  },
  'step-from-zero': {
    says: 'steps are counted from 0, so that the first is corrected as the second',
    killers: ['first-step', 'forward', 'training/one-step-adam'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, step: s.step + 1 }, ...storages),
    }),
  },
  'betas-swapped': {
    says: 'beta1 decays the squares and beta2 the gradients',
    killers: ['forward', 'large'],
    change: ({ update }) => ({
      update: (d, s, ...storages) => update(d, { ...s, beta1: s.beta2, beta2: s.beta1 }, ...storages),
    }),
  },
  'gradient-not-squared': {
    says: 'the second moment averages absolute values',
    killers: ['scale', 'forward', 'first-step'],
    change: () => ({
      update({ size }, { learningRate, beta1, beta2, epsilon, step }, g, m, v, w) {
        for (let i = 0; i < size; i++) {
          m[i] = beta1 * m[i] + (1 - beta1) * g[i]
          v[i] = beta2 * v[i] + (1 - beta2) * Math.abs(g[i])
          w[i] -= (learningRate * (m[i] / (1 - beta1 ** step))) / (Math.sqrt(v[i] / (1 - beta2 ** step)) + epsilon)
        }
      },
    }),
  },
  'square-never-falls': {
    says: 'the second moment never falls: the AMSGrad variant',
    killers: ['forward', 'large'],
    change: ({ update }) => ({
      update(d, s, g, m, v, w) {
        const before = v.slice()
        update(d, s, g, m, v, w)
        for (let i = 0; i < d.size; i++) v[i] = Math.max(before[i], v[i])
      },
    }),
  },
  'moments-swapped': {
    says: 'm is kept in the storage of v and v in that of m',
    killers: ['forward', 'scale', 'large'],
    change: ({ update }) => ({
      update: (d, s, g, m, v, w) => update(d, s, g, v, m, w),
    }),
  },
  'step-remembered': {
    says: 'the number of the step is compiled in at the first call',
    killers: ['forward', 'elements'],
    change({ update }) {
      const programs = new Map<number, AdamScalars>()
      return {
        update(d, s, ...storages) {
          const { step } = programs.get(d.size) ?? s
          if (!programs.has(d.size)) programs.set(d.size, s)
          update(d, { ...s, step }, ...storages)
        },
      }
    },
  },
})
