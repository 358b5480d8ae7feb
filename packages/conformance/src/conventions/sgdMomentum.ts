import type { Conventions, Data, SgdMomentumKernels } from '@convkit/api'

/** v = momentum * v + g, w = w - learningRate * v; or v = momentum * v - learningRate * g, w = w + v. */
export function update({ learningRate: place }: Conventions['sgdMomentum']): SgdMomentumKernels<Data>['update'] {
  const inVelocity = place === 'inVelocity'
  return ({ size }, { learningRate, momentum }, g, v, w) => {
    const [ofGradient, ofVelocity] = inVelocity ? [-learningRate, 1] : [1, -learningRate]
    for (let i = 0; i < size; i++) {
      v[i] = momentum * v[i] + ofGradient * g[i]
      w[i] = w[i] + ofVelocity * v[i]
    }
  }
}
