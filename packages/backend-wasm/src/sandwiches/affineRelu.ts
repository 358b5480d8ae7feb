import type { AffineReluKernels } from '@convkit/api'
import { gemm } from '../gemm.js'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

export function affineRelu(runtime: Runtime): AffineReluKernels<Storage> {
  return {
    /** y = relu(affine(x, w, b)) */
    forward({ n, inSize, outSize }, x, w, b, y) {
      gemm(runtime, { m: n, n: outSize, k: inSize, a: x, b: w, c: y, bias: b, relu: true })
    },
  }
}
