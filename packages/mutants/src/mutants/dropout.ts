import { inTail, mapped, unwritten } from './faults.js'
import { kernelMutants } from './mutant.js'

/** Dropout has no kernel of its own: it is `vector.multiply`. */
export const dropoutMutants = kernelMutants(
  'vector',
  {
    'not-rescaled': {
      says: 'the mask only switches: kept elements are not divided by 1 - p',
      killers: ['mask', 'forward', 'backward'],
      change: ({ multiply }) => ({
        multiply: (d, x, m, y) =>
          multiply(
            d,
            x,
            mapped(m, (value) => (value > 0 ? 1 : value)),
            y,
          ),
      }),
    },
    'nan-dropped': {
      says: 'a dropped element is 0 even where it was NaN or infinite: a branch instead of a product',
      killers: ['special-values'],
      change: () => ({
        multiply({ size }, x, m, y) {
          for (let i = 0; i < size; i++) y[i] = m[i] === 0 ? 0 : x[i] * m[i]
        },
      }),
    },
    'added-to-output': {
      says: 'the product is added to what the memory of y holds: a fused multiply-add',
      killers: ['overwrites', 'forward', 'unwanted'],
      change: () => ({
        multiply({ size }, x, m, y) {
          for (let i = 0; i < size; i++) y[i] += x[i] * m[i]
        },
      }),
    },
    'dropped-unwritten': {
      says: 'dropped elements are skipped and keep what the memory of y held',
      killers: ['overwrites', 'forward'],
      change: ({ multiply }) => ({
        multiply: (d, x, m, y) =>
          unwritten(
            y,
            (i) => m[i] === 0,
            () => multiply(d, x, m, y),
          ),
      }),
    },
    'tail-unscaled': {
      says: 'elements behind the last whole vector of eight are copied',
      killers: ['mask', 'forward', 'adjoint'],
      change: ({ multiply }) => ({
        multiply(d, x, m, y) {
          multiply(
            d,
            x,
            mapped(m, (value, i) => (inTail(d.size, 8)(i) ? 1 : value)),
            y,
          )
        },
      }),
    },
    'x-used-up': {
      says: 'the product is left in x as well',
      killers: ['inputs-kept'],
      change: ({ multiply }) => ({
        multiply(d, x, m, y) {
          multiply(d, x, m, y)
          x.set(y)
        },
      }),
    },
    'test-gradient-tail': {
      says: 'in test mode the gradient is copied by whole vectors of eight only',
      killers: ['test-mode', 'backward', 'overwrites'],
      change: ({ copy }) => ({
        copy: (d, x, y) => unwritten(y, inTail(d.size, 8), () => copy(d, x, y)),
      }),
    },
    'mask-used-up': {
      says: 'the mask is multiplied in place, so that the backward pass finds y in it',
      killers: ['mask', 'backward', 'numeric-gradient', 'adjoint'],
      change: ({ multiply }) => ({
        multiply(d, x, m, y) {
          multiply(d, x, m, y)
          m.set(y)
        },
      }),
    },
  },
  { row: 'dropout' },
)
