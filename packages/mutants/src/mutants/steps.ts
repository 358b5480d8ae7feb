import { unwritten } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

/** Optimizers that are wrong from some step, or some size, on. */
export const stepMutants: readonly Mutant[] = [
  ...kernelMutants('sgd', {
    'rate-of-last-parameter': {
      says: 'parameters of two elements and more are updated at the rate of the parameter before',
      killers: ['several-parameters', 'forward'],
      change({ update }) {
        let last: { readonly learningRate: number } | null = null
        return {
          update(d, s, g, w) {
            update(d, d.size > 1 ? (last ?? s) : s, g, w)
            last = s
          },
        }
      },
    },
    'whole-blocks-of-16384': {
      says: 'where the elements are a multiple of 16384 the last block is not updated',
      killers: ['sweep-elements'],
      change: ({ update }) => ({
        update: (d, s, g, w) =>
          unwritten(
            w,
            (i) => d.size % 16_384 === 0 && i >= d.size - 16_384,
            () => update(d, s, g, w),
          ),
      }),
    },
  }),
  ...kernelMutants('sgdMomentum', {
    'velocity-above-65535': {
      says: 'velocities from the 65536th on are not stored',
      killers: ['sweep-elements'],
      change: ({ update }) => ({
        update: (d, s, g, v, w) =>
          unwritten(
            v,
            (i) => i >= 65_536,
            () => update(d, s, g, v, w),
          ),
      }),
    },
  }),
  ...kernelMutants('rmsprop', {
    'grid-of-1024-by-64': {
      says: 'at most 64 work groups of 1024 elements are started',
      killers: ['sweep-elements'],
      change: ({ update }) => ({
        update: (d, s, ...storages) => update({ size: Math.min(d.size, 65_536) }, s, ...storages),
      }),
    },
    'decay-near-one': {
      says: 'a decay rate above 0.995 is taken for 0.995',
      killers: ['forward', 'elements'],
      change: ({ update }) => ({
        update: (d, s, ...storages) => update(d, { ...s, decayRate: Math.min(0.995, s.decayRate) }, ...storages),
      }),
    },
  }),
  ...kernelMutants('adam', {
    'step-modulo-256': {
      says: 'the number of the step is a byte',
      killers: ['sweep-step'],
      change: ({ update }) => ({
        update: (d, s, ...storages) => update(d, { ...s, step: s.step % 256 || 256 }, ...storages),
      }),
    },
    'powers-in-single': {
      says: 'the float64 kernel takes powers of the betas in single precision',
      dtype: 'float64',
      killers: ['sweep-step', 'forward'],
      change: ({ update }) => ({
        update(d, s, g, m, v, w) {
          const exact = (beta: number) => Math.fround(Math.fround(beta) ** s.step) ** (1 / s.step)
          const [before, after] = [[m.slice(), v.slice()] as const, [m.slice(), v.slice()] as const]
          update(d, s, g, after[0], after[1], w.slice())
          update(d, { ...s, beta1: exact(s.beta1), beta2: exact(s.beta2) }, g, before[0], before[1], w)
          m.set(after[0])
          v.set(after[1])
        },
      }),
    },
    'correction-ends-at-1000': {
      says: 'from the 1000th step on moments are no longer corrected',
      killers: ['sweep-step'],
      change: ({ update }) => ({
        update(d, s, g, m, v, w) {
          if (s.step < 1000) update(d, s, g, m, v, w)
          else
            for (let i = 0; i < d.size; i++) {
              m[i] = s.beta1 * m[i] + (1 - s.beta1) * g[i]
              v[i] = s.beta2 * v[i] + (1 - s.beta2) * g[i] * g[i]
              w[i] -= (s.learningRate * m[i]) / (Math.sqrt(v[i]) + s.epsilon)
            }
        },
      }),
    },
  }),
  ...kernelMutants('adamw', {
    'step-in-16-bits': {
      says: 'the number of the step is a signed number of 16 bits, never below 1',
      killers: ['sweep-step'],
      change: ({ update }) => ({
        update: (d, s, ...storages) => update(d, { ...s, step: Math.max(1, (s.step << 16) >> 16) }, ...storages),
      }),
    },
    'decay-of-first-step': {
      says: 'weights decay in the first 100 steps only',
      killers: ['sweep-step', 'forward'],
      change: ({ update }) => ({
        update: (d, s, ...storages) => update(d, { ...s, weightDecay: s.step > 100 ? 0 : s.weightDecay }, ...storages),
      }),
    },
  }),
]
