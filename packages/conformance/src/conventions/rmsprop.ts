import type { Conventions, Data, RmspropKernels } from '@convkit/api'

/** v = decayRate * v + (1 - decayRate) * g^2; w = w - learningRate * g / sqrt(v + epsilon), or (sqrt(v) + epsilon). */
export function update({ epsilon: place }: Conventions['rmsprop']): RmspropKernels<Data>['update'] {
  return ({ size }, { learningRate, decayRate, epsilon }, g, v, w) => {
    for (let i = 0; i < size; i++) {
      v[i] = decayRate * v[i] + (1 - decayRate) * (g[i] * g[i])
      const root = place === 'insideRoot' ? Math.sqrt(v[i] + epsilon) : Math.sqrt(v[i]) + epsilon
      w[i] = w[i] - (learningRate * g[i]) / root
    }
  }
}
