import { type FloatTensor, type Scope, vector } from '@convkit/api'
import type { WeightAverage } from '../options.js'
import type { Stage } from './stage.js'

/**
 * mean = mean + max(1 - decay, 1 / k) * (weights - mean), the k-th time, after the first step and then after every so many: at
 * first the plain mean (Polyak and Juditsky, 1992), then an exponential one. The mean of weights that stay is theirs, to the bit.
 */
export function average(
  model: ReadonlyMap<string, FloatTensor>,
  means: ReadonlyMap<string, FloatTensor>,
  parent: Scope,
  { decay, every }: Required<WeightAverage>,
): Stage {
  return async ({ progress: { step } }) => {
    if (step % every !== 0) return true
    const share = Math.max(1 - decay, 1 / (step / every + 1))
    for (const [name, weights] of model) {
      const mean = means.get(name)
      if (!mean) continue
      if (share === 1) {
        vector.copy(weights, mean)
        continue
      }
      using scope = parent.child()
      const difference = scope.alloc(mean.shape, mean.dtype)
      vector.copy(weights, difference)
      vector.addScaled(difference, -1, mean)
      vector.addScaled(mean, share, difference)
    }
    return true
  }
}
