import type { VectorKernels } from '@convkit/api'
import { elementwise, type Runtime } from './runtime.js'
import type { Storage } from './storage.js'

/** BLOCK of assembly/vector.ts: as many squares make one partial sum. */
const block = 2048

export function vector(runtime: Runtime): VectorKernels<Storage> {
  return {
    /** y[i] = value */
    fill({ size }, { value }, y) {
      runtime.run('vectorFill', elementwise(runtime, size, 0.1), [size, null, y], { vectors: [value] })
    },

    /** y[i] = x[i] */
    copy({ size }, x, y) {
      runtime.run('vectorCopy', elementwise(runtime, size, 0.2), [size, x, y], { vectors: [0] })
    },

    /** y[i] = a * y[i] */
    scale({ size }, { a }, y) {
      runtime.run('vectorScale', elementwise(runtime, size, 0.2), [size, null, y], { vectors: [a] })
    },

    /** y[i] = y[i] + a * x[i] */
    addScaled({ size }, { a }, x, y) {
      runtime.run('vectorAddScaled', elementwise(runtime, size), [size, x, y], { vectors: [a] })
    },

    /** y[i] = x[i] * m[i] */
    multiply({ size }, x, m, y) {
      runtime.run('vectorMultiply', elementwise(runtime, size), [size, x, m, y])
    },

    /** y[0] = sum_i x[i]^2: blocks of fixed size, so that the sum does not depend on the number of threads */
    sumOfSquares({ size }, x, y) {
      const units = Math.ceil(size / block)
      const partials = runtime.memory.scratch(units * 8)
      runtime.run('vectorSquares', { units, nanoseconds: size * 0.3 }, [size, x, partials])
      total(runtime, units, partials, y)
    },
  }
}

/** y[0] = scale * the sum of `count` doubles at `terms`, in their order */
export function total(runtime: Runtime, count: number, terms: number, y: Storage, scale = 1): void {
  runtime.run('vectorTotal', { units: 1, nanoseconds: count }, [count, terms, y], { doubles: [scale] })
}
