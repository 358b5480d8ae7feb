import type { VectorKernels } from '@convkit/api'
import { squaresBlock } from './generated/constants.js'
import { elementwise, type Runtime } from './runtime.js'
import type { Address, Storage } from './storage.js'

export function vector(runtime: Runtime): VectorKernels<Storage> {
  return {
    /** y[i] = value */
    fill({ size }, { value }, y) {
      runtime.run('vectorFill', elementwise(runtime, size, 0.1), { size, a: value, y })
    },

    /** y[i] = x[i] */
    copy({ size }, x, y) {
      runtime.run('vectorCopy', elementwise(runtime, size, 0.2), { size, x, y })
    },

    /** y[i] = a * y[i] */
    scale({ size }, { a }, y) {
      runtime.run('vectorScale', elementwise(runtime, size, 0.2), { size, a, y })
    },

    /** y[i] = y[i] + a * x[i] */
    addScaled({ size }, { a }, x, y) {
      runtime.run('vectorAddScaled', elementwise(runtime, size), { size, a, x, y })
    },

    /** y[i] = x[i] * m[i] */
    multiply({ size }, x, m, y) {
      runtime.run('vectorMultiply', elementwise(runtime, size), { size, x, m, y })
    },

    /** y[0] = sum_i x[i]^2: blocks of fixed size, so that the sum does not depend on the number of threads */
    sumOfSquares({ size }, x, y) {
      const units = Math.ceil(size / squaresBlock)
      const partials = runtime.memory.scratch(units * 8)
      runtime.run('vectorSquares', { units, nanoseconds: size * 0.3 }, { size, x, partials })
      total(runtime, units, partials, y)
    },
  }
}

/** y[0] = scale * the sum of `count` doubles at `terms`, in their order */
export function total(runtime: Runtime, count: number, terms: Address, y: Storage, scale = 1): void {
  runtime.run('vectorTotal', { units: 1, nanoseconds: count }, { scale, count, terms, y })
}
