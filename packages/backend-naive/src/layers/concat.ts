import type { ConcatKernels, Data } from '@convkit/api'

export const concat: ConcatKernels<Data> = {
  forward({ n, left, right }, x, z, y) {
    const width = left + right
    for (let row = 0; row < n; row++) {
      for (let i = 0; i < left; i++) y[row * width + i] = x[row * left + i]
      for (let i = 0; i < right; i++) y[row * width + left + i] = z[row * right + i]
    }
  },

  backward({ n, left, right }, dy, dx, dz) {
    const width = left + right
    for (let row = 0; row < n; row++) {
      if (dx) for (let i = 0; i < left; i++) dx[row * left + i] = dy[row * width + i]
      if (dz) for (let i = 0; i < right; i++) dz[row * right + i] = dy[row * width + left + i]
    }
  },
}
