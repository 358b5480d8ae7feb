import { mapped, positiveOrZero } from './faults.js'
import { kernelMutants } from './mutant.js'

export const reluMutants = kernelMutants('relu', {
  'gradient-at-zero': {
    says: 'the gradient at 0 is 1: >= for >',
    killers: ['kink', 'backward', 'halves'],
    change: () => ({
      backward({ size }, dy, y, dx) {
        for (let i = 0; i < size; i++) dx[i] = y[i] >= 0 ? dy[i] : y[i]
      },
    }),
  },
  'nan-becomes-zero': {
    says: 'a NaN gives 0, for it is not greater than 0',
    killers: ['special-values'],
    change: () => ({
      forward({ size }, x, y) {
        for (let i = 0; i < size; i++) y[i] = positiveOrZero(x[i])
      },
    }),
  },
  'nan-gradient-hidden': {
    says: 'where y is NaN the gradient is 0',
    killers: ['special-values'],
    change: () => ({
      backward({ size }, dy, y, dx) {
        for (let i = 0; i < size; i++) dx[i] = y[i] > 0 ? dy[i] : 0
      },
    }),
  },
  leaky: {
    says: 'a hundredth of what is below 0 passes through',
    killers: ['forward', 'halves', 'idempotent'],
    change: () => ({
      forward({ size }, x, y) {
        for (let i = 0; i < size; i++) y[i] = x[i] < 0 ? 0.01 * x[i] : Math.max(0, x[i])
      },
    }),
  },
  'mask-of-dy': {
    says: 'the gradient passes where dy is positive, not where y is',
    killers: ['backward', 'halves', 'numeric-gradient'],
    change: ({ backward }) => ({
      backward: (d, dy, y, dx) =>
        backward(
          d,
          dy,
          mapped(dy, (value, i) => (Number.isNaN(y[i]) ? y[i] : value)),
          dx,
        ),
    }),
  },
  'gradient-times-y': {
    says: 'dy is multiplied with y instead of with the step of y',
    killers: ['backward', 'scale', 'numeric-gradient', 'halves'],
    change: () => ({
      backward({ size }, dy, y, dx) {
        for (let i = 0; i < size; i++) dx[i] = dy[i] * y[i]
      },
    }),
  },
  'capped-at-six': {
    says: 'relu6: nothing is larger than 6',
    killers: ['forward', 'halves', 'scale'],
    change: () => ({
      forward({ size }, x, y) {
        for (let i = 0; i < size; i++) y[i] = Math.min(6, Math.max(0, x[i]))
      },
    }),
  },
  'small-flushed': {
    says: 'what is below 1e-6 counts as 0',
    killers: ['kink', 'halves'],
    change: () => ({
      forward({ size }, x, y) {
        for (let i = 0; i < size; i++) y[i] = x[i] < 1e-6 ? 0 : x[i]
      },
    }),
  },
})
