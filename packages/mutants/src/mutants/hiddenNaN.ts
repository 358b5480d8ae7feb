import { mapped } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

const orZero = (value: number) => value || 0

/** A NaN that nobody gets to see. */
export const hiddenNaNMutants: readonly Mutant[] = [
  ...kernelMutants('maxPool2d', {
    'nan-gradient-misplaced': {
      says: 'the gradient of a window with a NaN goes to the first element of all, for nothing equals a NaN',
      killers: ['non-finite-windows'],
      change: ({ forward, backward }) => ({
        backward(d, dy, x, y, dx) {
          const won = y.slice()
          forward(d, x, won)
          backward(
            d,
            mapped(dy, (value, i) => (Number.isNaN(won[i]) ? 0 : value)),
            x,
            y,
            dx,
          )
          for (let i = 0; i < dy.length; i++) if (Number.isNaN(won[i])) dx[0] += dy[i]
        },
      }),
    },
  }),
  ...kernelMutants('batchNorm', {
    'nan-becomes-beta': {
      says: 'where y would be NaN it is beta',
      killers: ['NaN'],
      change: ({ normalize }) => ({
        normalize(d, s, x, gamma, beta, mean, variance, y) {
          normalize(d, s, x, gamma, beta, mean, variance, y)
          const channel = (i: number) => Math.floor(i / d.inner) % d.channels
          y.set(mapped(y, (value, i) => (Number.isNaN(value) ? orZero(beta[channel(i)]) : value)))
        },
      }),
    },
  }),
  ...kernelMutants('layerNorm', {
    'nan-in-beta': {
      says: 'a beta of NaN counts as 0',
      killers: ['NaN'],
      change: ({ forward }) => ({
        forward: (d, s, x, gamma, beta, ...storages) => forward(d, s, x, gamma, mapped(beta, orZero), ...storages),
      }),
    },
  }),
  ...kernelMutants('groupNorm', {
    'nan-in-beta': {
      says: 'a beta of NaN counts as 0',
      killers: ['NaN'],
      change: ({ forward }) => ({
        forward: (d, s, x, gamma, beta, ...storages) => forward(d, s, x, gamma, mapped(beta, orZero), ...storages),
      }),
    },
  }),
]
