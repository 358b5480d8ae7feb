import type { RmspropKernels } from '@convkit/api'
import type { Storage } from '../memory.js'
import { elementwise, type Runtime } from '../runtime.js'

export function rmsprop(runtime: Runtime): RmspropKernels<Storage> {
  return {
    /** v[i] = decayRate * v[i] + (1 - decayRate) * g[i]^2; w[i] = w[i] - learningRate * g[i] / (sqrt(v[i]) + epsilon) */
    update({ size }, { learningRate, decayRate, epsilon }, g, v, w) {
      const scalars = [learningRate, decayRate, Math.sqrt(1 - decayRate), epsilon]
      runtime.run('rmspropUpdate', elementwise(runtime, size), [size, g, v, w], scalars)
    },
  }
}
