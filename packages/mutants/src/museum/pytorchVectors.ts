import { positiveOrZero } from '../mutants/faults.js'
import { type Exhibit, kernelExhibits } from './exhibit.js'
import { when } from './when.js'

const block = 2 ** 15

export const pytorchVectorExhibits: readonly Exhibit[] = [
  ...kernelExhibits('relu', {
    'nan-gives-zero': {
      says: 'relu(NaN) is 0',
      killers: ['special-values', 'kink'],
      link: 'https://github.com/pytorch/pytorch/issues/7999',
      change: () => ({
        forward({ size }, x, y) {
          for (let i = 0; i < size; i++) y[i] = positiveOrZero(x[i])
        },
      }),
    },
  }),
  ...kernelExhibits('vector', {
    'norms-of-blocks-added': {
      says: 'CPU: above 32,768 elements the norms of blocks are added, not their squares',
      killers: ['deep-sums', 'large', 'sweep-elements'],
      link: 'https://github.com/pytorch/pytorch/issues/15602',
      change: when(
        'sumOfSquares',
        ({ size }) => size > block,
        (sumOfSquares, { size }, x, y) => {
          let norm = 0
          for (let from = 0; from < size; from += block) {
            const part = x.subarray(from, Math.min(from + block, size))
            sumOfSquares({ size: part.length }, part, y)
            norm += Math.sqrt(y[0])
          }
          y[0] = norm * norm
        },
      ),
    },
    'mps-nothing-for-a-zero-factor': {
      says: 'MPS: a factor of 0 adds nothing at all, and so hides a NaN or an infinity in what it multiplies',
      killers: ['scalars', 'NaN', 'special-values'],
      link: 'https://github.com/pytorch/pytorch/pull/196924',
      change: when(
        'addScaled',
        (_d, { a }) => a === 0,
        () => {},
      ),
    },
  }),
  ...kernelExhibits('adam', {
    'epsilon-scaled-by-correction': {
      says: 'the correction of the second moment multiplies epsilon as well',
      killers: ['first-step', 'forward'],
      link: 'https://github.com/pytorch/pytorch/pull/22628',
      change: () => ({
        update({ size }, { learningRate, beta1, beta2, epsilon, step }, g, m, v, w) {
          const rate = (learningRate * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
          for (let i = 0; i < size; i++) {
            m[i] = beta1 * m[i] + (1 - beta1) * g[i]
            v[i] = beta2 * v[i] + (1 - beta2) * g[i] * g[i]
            w[i] -= (rate * m[i]) / (Math.sqrt(v[i]) + epsilon)
          }
        },
      }),
    },
  }),
]
