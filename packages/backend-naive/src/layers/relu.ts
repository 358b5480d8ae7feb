import type { Data, ReluKernels } from '@convkit/api'

export const relu: ReluKernels<Data> = {
  forward({ size }, x, y) {
    for (let i = 0; i < size; i++) y[i] = Math.max(0, x[i])
  },

  backward({ size }, dy, y, dx) {
    for (let i = 0; i < size; i++) {
      if (y[i] > 0) dx[i] = dy[i]
      else dx[i] = Number.isNaN(y[i]) ? Number.NaN : 0
    }
  },
}
