import type { Data, SgdMomentumKernels } from '@convkit/api'

export const sgdMomentum: SgdMomentumKernels<Data> = {
  update({ size }, { learningRate, momentum }, g, v, w) {
    for (let i = 0; i < size; i++) {
      v[i] = momentum * v[i] - learningRate * g[i]
      w[i] = w[i] + v[i]
    }
  },
}
