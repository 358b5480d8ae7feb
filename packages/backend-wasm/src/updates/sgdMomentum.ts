import type { SgdMomentumKernels } from '@convkit/api'
import { elementwise, type Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { least } from './least.js'

export function sgdMomentum(runtime: Runtime): SgdMomentumKernels<Storage> {
  return {
    /** v[i] = momentum * v[i] - learningRate * g[i]; w[i] = w[i] + v[i] */
    update({ size }, { learningRate, momentum }, g, v, w) {
      const work = elementwise(runtime, size, 0.6)
      const limit = least(runtime) / learningRate
      runtime.run('sgdMomentumUpdate', work, { size, rate: -learningRate, momentum, limit, g, v, w })
    },
  }
}
