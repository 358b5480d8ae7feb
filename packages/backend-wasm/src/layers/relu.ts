import type { ReluKernels } from '@convkit/api'
import { elementwise, type Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

export function relu(runtime: Runtime): ReluKernels<Storage> {
  return {
    /** y[i] = 0 where x[i] <= 0, else x[i] */
    forward({ size }, x, y) {
      runtime.run('reluForward', elementwise(runtime, size), { size, x, y })
    },

    /** dx[i] = dy[i] where y[i] > 0, 0 where y[i] = 0 */
    backward({ size }, dy, y, dx) {
      runtime.run('reluBackward', elementwise(runtime, size), { size, dy, y, dx })
    },
  }
}
