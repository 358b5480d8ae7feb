import type { FloatDType, Kernels } from '@convkit/api'
import { numpy as np } from '@jax-js/jax'
import { arrayOf, type Box, empty, filled, held, overwrite } from './box.js'
import type { Manner } from './manner.js'

export function vector(dtype: FloatDType, manner: Manner): Kernels<Box>['vector'] {
  const full = (size: number, value: number) =>
    manner === 'plain' ? filled([size], value, dtype) : arrayOf(empty(dtype, size).fill(value), manner)
  return {
    fill: ({ size }, { value }, y) => overwrite([y], [full(size, value)]),
    copy: (_, x, y) => overwrite([y], [held(x)]),
    scale: (_, { a }, y) => overwrite([y], [held(y).mul(a)]),
    addScaled: (_, { a }, x, y) => overwrite([y], [held(y).add(held(x).mul(a))]),
    multiply: (_, x, m, y) => overwrite([y], [held(x).mul(held(m))]),
    sumOfSquares: (_, x, y) => overwrite([y], [np.square(held(x)).sum()]),
  }
}
