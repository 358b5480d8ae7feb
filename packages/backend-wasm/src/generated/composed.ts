// Made from the compositions of @convkit/api by `npm run build`; do not edit.
import type { ComposedKernels } from '@convkit/api'
import { elementwise, type Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

export function composed(runtime: Runtime): ComposedKernels<Storage> {
  return {
    gelu: {
      forward({ size }, x, y) {
        runtime.run('geluForward', elementwise(runtime, size, 0.9), { size, x, y })
      },

      backward({ size }, dy, x, dx) {
        runtime.run('geluBackward', elementwise(runtime, size, 2.3), { size, dy, x, dx })
      },
    },
  }
}
