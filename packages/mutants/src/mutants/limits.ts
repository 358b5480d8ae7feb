import { mapped } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

const clamped = (limit: number) => (value: number) => Math.max(-limit, Math.min(limit, value))

/** Limits and thresholds that nobody asked for. */
export const limitMutants: readonly Mutant[] = [
  ...kernelMutants('conv2d', {
    'capped-at-six': {
      says: 'no output is larger than 6',
      killers: ['scale', 'forward', '3x3'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          forward(d, x, w, b, y)
          y.set(mapped(y, (value) => Math.min(6, value)))
        },
      }),
    },
  }),
  ...kernelMutants('affine', {
    'capped-at-six': {
      says: 'no output is larger than 6',
      killers: ['scale', 'additivity', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, w, b, y) {
          forward(d, x, w, b, y)
          y.set(mapped(y, (value) => Math.min(6, value)))
        },
      }),
    },
  }),
  ...kernelMutants('avgPool2d', {
    'capped-at-two': {
      says: 'no output is larger than 2',
      killers: ['scale', 'additivity', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          forward(d, x, y)
          y.set(mapped(y, (value) => Math.min(2, value)))
        },
      }),
    },
  }),
  ...kernelMutants('maxPool2d', {
    'capped-at-two': {
      says: 'no output is larger than 2',
      killers: ['scale', 'forward'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          forward(d, x, y)
          y.set(mapped(y, (value) => Math.min(2, value)))
        },
      }),
    },
  }),
  ...kernelMutants('softmaxCrossEntropy', {
    'logits-clamped': {
      says: 'the forward pass clamps its logits to [-20, 20]',
      killers: ['shift', 'forward'],
      change: ({ forward }) => ({
        forward: (d, s, logits, ...storages) => forward(d, s, mapped(logits, clamped(20)), ...storages),
      }),
    },
    'small-gradients-dropped': {
      says: 'gradients below a millionth are 0',
      killers: ['backward'],
      change: ({ backward }) => ({
        backward(d, s, logits, t, dlogits) {
          backward(d, s, logits, t, dlogits)
          dlogits.set(mapped(dlogits, (value) => (Math.abs(value) < 1e-6 ? 0 : value)))
        },
      }),
    },
  }),
  ...kernelMutants('svmLoss', {
    'logits-clamped': {
      says: 'the forward pass clamps its logits to [-20, 20]',
      killers: ['shift', 'forward'],
      change: ({ forward }) => ({
        forward: (d, s, logits, ...storages) => forward(d, s, mapped(logits, clamped(20)), ...storages),
      }),
    },
  }),
  ...kernelMutants('sgd', {
    'least-rate': {
      says: 'no learning rate below a millionth is taken, not even 0',
      killers: ['standstill'],
      change: ({ update }) => ({
        update: (d, { learningRate }, ...rest) => update(d, { learningRate: Math.max(1e-6, learningRate) }, ...rest),
      }),
    },
  }),
]
