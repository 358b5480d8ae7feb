import type { Data, SgdKernels } from '@convkit/api'

export const sgd: SgdKernels<Data> = {
  update({ size }, { learningRate }, g, w) {
    for (let i = 0; i < size; i++) w[i] = w[i] - learningRate * g[i]
  },
}
