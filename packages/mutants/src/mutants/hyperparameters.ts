import { mapped } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

/** Scalars that are ignored, kept, or put in the wrong place. */
export const hyperparameterMutants: readonly Mutant[] = [
  ...kernelMutants('relu', {
    'gradient-always-passes': {
      says: 'the gradient of every element is dy, as that of the identity',
      killers: ['backward', 'halves', 'kink', 'numeric-gradient', 'training/gradients', 'training/batch-norm-model'],
      change: () => ({ backward: (_d, dy, _y, dx) => dx.set(dy) }),
    },
  }),
  ...kernelMutants('svmLoss', {
    'margin-of-two': {
      says: 'the forward pass wants a margin of 2',
      killers: ['margin', 'exact', 'forward'],
      change: () => ({
        forward({ n: N, classes: C }, { scale }, logits, t, loss) {
          let total = 0
          for (let n = 0; n < N; n++)
            for (let c = 0; c < C; c++)
              if (c !== t[n]) total += Math.max(0, logits[n * C + c] - logits[n * C + t[n]] + 2)
          loss[0] = scale * total
        },
      }),
    },
    'scale-taken-for-mean': {
      says: 'the forward pass divides by N, whatever scale it is given',
      killers: ['scale', 'forward'],
      change: ({ forward }) => ({ forward: (d, _s, ...storages) => forward(d, { scale: 1 / d.n }, ...storages) }),
    },
  }),
  ...kernelMutants('vector', {
    'factor-added': {
      says: 'scale adds its factor instead of multiplying by it',
      killers: ['forward', 'scale'],
      change: () => ({ scale: (_d, { a }, y) => y.set(mapped(y, (value) => value + a)) }),
    },
    'factor-remembered': {
      says: 'scale keeps the first factor that it was given, for all sizes',
      killers: ['forward', 'scalars'],
      change({ scale }) {
        let first: { readonly a: number } | null = null
        return {
          scale(d, s, y) {
            first ??= s
            scale(d, first, y)
          },
        }
      },
    },
    'added-twice': {
      says: 'addScaled adds 2 a x, as where a penalty is half a square and the half is forgotten',
      killers: ['forward', 'training/gradients', 'training/curve'],
      change: ({ addScaled }) => ({ addScaled: (d, { a }, x, y) => addScaled(d, { a: 2 * a }, x, y) }),
    },
  }),
  ...kernelMutants('sgd', {
    'weights-decay': {
      says: 'a hundredth of each weight is added to its gradient',
      killers: ['rest', 'forward'],
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
  }),
  ...kernelMutants('sgdMomentum', {
    'weights-decay': {
      says: 'weights lose a hundredth at every step',
      killers: ['rest', 'forward'],
      change: ({ update }) => ({
        update(d, s, g, v, w) {
          update(d, s, g, v, w)
          w.set(mapped(w, (value) => value * 0.99))
        },
      }),
    },
    'momentum-negated': {
      says: 'the velocity is taken off instead of carried on',
      killers: ['coasting', 'forward', 'training/one-step-sgdMomentum'],
      change: ({ update }) => ({
        update: (d, s, ...rest) => update(d, { ...s, momentum: -s.momentum }, ...rest),
      }),
    },
  }),
  ...kernelMutants('rmsprop', {
    'average-forgets': {
      says: 'the average of squares is the last square',
      killers: ['late-Adam', 'forward', 'training/one-step-rmsprop'],
      change: ({ update }) => ({ update: (d, s, ...rest) => update(d, { ...s, decayRate: 0 }, ...rest) }),
    },
    'idle-at-rate-0': {
      says: 'at a learning rate of 0 the state is not updated either',
      killers: ['standstill'],
      change: ({ update }) => ({
        update(d, s, ...rest) {
          if (s.learningRate > 0) update(d, s, ...rest)
        },
      }),
    },
  }),
  ...kernelMutants('adam', {
    'idle-at-rate-0': {
      says: 'at a learning rate of 0 the state is not updated either',
      killers: ['standstill'],
      change: ({ update }) => ({
        update(d, s, ...rest) {
          if (s.learningRate > 0) update(d, s, ...rest)
        },
      }),
    },
    'epsilon-missing': {
      says: 'nothing is added to the root, so that a parameter at rest becomes NaN',
      killers: ['rest'],
      change: ({ update }) => ({ update: (d, s, ...rest) => update(d, { ...s, epsilon: 0 }, ...rest) }),
    },
  }),
  ...kernelMutants('adamw', {
    'decay-by-default': {
      says: 'a decay of 0 is taken for the default of 0.01',
      killers: ['no-decay', 'rest'],
      change: ({ update }) => ({
        update: (d, s, ...rest) => update(d, { ...s, weightDecay: s.weightDecay || 1e-2 }, ...rest),
      }),
    },
    'epsilon-relative': {
      says: 'epsilon is relative to the first gradient',
      killers: ['scale'],
      change: ({ update }) => ({
        update: (d, s, g, ...state) => update(d, { ...s, epsilon: s.epsilon * Math.abs(g[0]) }, g, ...state),
      }),
    },
  }),
]
