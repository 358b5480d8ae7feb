import type { SgdKernels } from '@convkit/api'
import { elementwise, type Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

export function sgd(runtime: Runtime): SgdKernels<Storage> {
  return {
    /** w[i] = w[i] - learningRate * g[i] */
    update({ size }, { learningRate }, g, w) {
      runtime.run('vectorAddScaled', elementwise(runtime, size), { size, a: -learningRate, x: g, y: w })
    },
  }
}
