import type { Data, RmspropKernels } from '@convkit/api'

export const rmsprop: RmspropKernels<Data> = {
  update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
    for (let i = 0; i < size; i++) {
      v[i] = decayRate * v[i] + (1 - decayRate) * (g[i] * g[i])
      w[i] = w[i] - (learningRate * g[i]) / (Math.sqrt(v[i]) + epsilon)
    }
  },
}
