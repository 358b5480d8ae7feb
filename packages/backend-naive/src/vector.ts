import type { Data, VectorKernels } from '@convkit/api'

export const vector: VectorKernels<Data> = {
  fill(_d, { value }, y) {
    y.fill(value)
  },

  copy(_d, x, y) {
    y.set(x)
  },

  scale({ size }, { a }, y) {
    for (let i = 0; i < size; i++) y[i] = a * y[i]
  },

  addScaled({ size }, { a }, x, y) {
    for (let i = 0; i < size; i++) y[i] = y[i] + a * x[i]
  },

  multiply({ size }, x, m, y) {
    for (let i = 0; i < size; i++) y[i] = x[i] * m[i]
  },

  sumOfSquares({ size }, x, y) {
    let sum = 0
    for (let i = 0; i < size; i++) sum += x[i] * x[i]
    y[0] = sum
  },
}
