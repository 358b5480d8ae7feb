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
    silu: {
      forward({ size }, x, y) {
        runtime.run('siluForward', elementwise(runtime, size, 0.5), { size, x, y })
      },

      backward({ size }, dy, x, dx) {
        runtime.run('siluBackward', elementwise(runtime, size, 1.4), { size, dy, x, dx })
      },
    },
    sigmoid: {
      forward({ size }, x, y) {
        runtime.run('sigmoidForward', elementwise(runtime, size, 0.4), { size, x, y })
      },

      backward({ size }, dy, x, dx) {
        runtime.run('sigmoidBackward', elementwise(runtime, size, 1.1), { size, dy, x, dx })
      },
    },
    tanh: {
      forward({ size }, x, y) {
        runtime.run('tanhForward', elementwise(runtime, size, 0.4), { size, x, y })
      },

      backward({ size }, dy, x, dx) {
        runtime.run('tanhBackward', elementwise(runtime, size, 1.7), { size, dy, x, dx })
      },
    },
    leakyRelu: {
      forward({ size }, { slope }, x, y) {
        runtime.run('leakyReluForward', elementwise(runtime, size, 0.2), { size, x, y, slope })
      },

      backward({ size }, { slope }, dy, x, dx) {
        runtime.run('leakyReluBackward', elementwise(runtime, size, 0.4), { size, dy, x, dx, slope })
      },
    },
    meanSquaredError: {
      forward({ size }, { scale }, x, t, terms) {
        runtime.run('meanSquaredErrorForward', elementwise(runtime, size, 0.3), { size, x, t, terms, scale })
      },

      backward({ size }, { scale }, x, t, dx) {
        runtime.run('meanSquaredErrorBackward', elementwise(runtime, size, 0.4), { size, x, t, dx, scale })
      },
    },
    binaryCrossEntropyWithLogits: {
      forward({ size }, { scale }, x, t, terms) {
        runtime.run('binaryCrossEntropyWithLogitsForward', elementwise(runtime, size, 0.7), {
          size,
          x,
          t,
          terms,
          scale,
        })
      },

      backward({ size }, { scale }, x, t, dx) {
        runtime.run('binaryCrossEntropyWithLogitsBackward', elementwise(runtime, size, 1.2), { size, x, t, dx, scale })
      },
    },
    nesterov: {
      update({ size }, { learningRate, momentum, weightDecay }, g, v, w) {
        runtime.run('nesterovUpdate', elementwise(runtime, size, 0.9), {
          size,
          g,
          v,
          w,
          learningRate,
          momentum,
          weightDecay,
        })
      },
    },
  }
}
