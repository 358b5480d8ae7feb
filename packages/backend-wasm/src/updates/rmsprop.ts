import type { RmspropKernels } from '@convkit/api'
import { elementwise, type Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { least } from './least.js'

export function rmsprop(runtime: Runtime): RmspropKernels<Storage> {
  return {
    /** v[i] = decayRate * v[i] + (1 - decayRate) * g[i]^2; w[i] = w[i] - learningRate * g[i] / (sqrt(v[i]) + epsilon) */
    update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
      const share = Math.sqrt(1 - decayRate)
      const scalars = { rate: learningRate, decay: decayRate, share, epsilon, limit: Math.sqrt(least(runtime)) / share }
      runtime.run('rmspropUpdate', elementwise(runtime, size), { size, g, v, w, ...scalars })
    },
  }
}
