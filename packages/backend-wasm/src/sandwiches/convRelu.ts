import type { ConvReluKernels } from '@convkit/api'
import { correlate } from '../layers/conv2d/correlate.js'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

export function convRelu(runtime: Runtime): ConvReluKernels<Storage> {
  return {
    /** y = relu(conv2d(x, w, b)) */
    forward(d, x, w, b, y) {
      correlate(runtime, d, { x, w, b, y, relu: true })
    },
  }
}
