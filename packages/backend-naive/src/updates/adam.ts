import type { AdamKernels, Data } from '@convkit/api'

export const adam: AdamKernels<Data> = {
  update({ size }, { learningRate, beta1, beta2, epsilon, step }, g, m, v, w) {
    const correction1 = 1 - beta1 ** step
    const correction2 = 1 - beta2 ** step
    for (let i = 0; i < size; i++) {
      m[i] = beta1 * m[i] + (1 - beta1) * g[i]
      v[i] = beta2 * v[i] + (1 - beta2) * (g[i] * g[i])
      w[i] = w[i] - (learningRate * (m[i] / correction1)) / (Math.sqrt(v[i] / correction2) + epsilon)
    }
  },
}
