import { mapped, rounded } from './faults.js'
import { kernelMutants, type Mutant } from './mutant.js'

/** Values that keep fewer bits than their dtype has. */
export const precisionMutants: readonly Mutant[] = [
  ...kernelMutants('avgPool2d', {
    'reciprocal-of-12-bits': {
      says: '1 / k comes from a table of 12 bits',
      killers: ['forward', 'constant'],
      change: ({ forward }) => ({
        forward(d, x, y) {
          forward(d, x, y)
          y.set(mapped(y, (value) => value * (1 + 2 ** -12)))
        },
      }),
    },
  }),
  ...kernelMutants('batchNorm', {
    'y-of-11-bits': {
      says: 'y keeps 11 bits',
      killers: ['forward'],
      change: ({ normalize }) => ({
        normalize(d, s, x, gamma, beta, mean, variance, y) {
          normalize(d, s, x, gamma, beta, mean, variance, y)
          y.set(mapped(y, (value) => rounded(value, 11)))
        },
      }),
    },
  }),
  ...kernelMutants(
    'vector',
    {
      'x-of-11-bits': {
        says: 'what is multiplied by the mask keeps 11 bits',
        killers: ['keeps-all', 'forward', 'large'],
        change: ({ multiply }) => ({
          multiply: (d, x, m, y) =>
            multiply(
              d,
              mapped(x, (value) => rounded(value, 11)),
              m,
              y,
            ),
        }),
      },
      'offset-of-10-bits': {
        says: 'a thousandth is added to each product, as where zero points are rounded',
        killers: ['adjoint', 'scale', 'keeps-all', 'forward'],
        change: () => ({ multiply: (_d, x, m, y) => y.set(mapped(x, (value, i) => value * m[i] + 2 ** -10)) }),
      },
    },
    { row: 'dropout' },
  ),
]
