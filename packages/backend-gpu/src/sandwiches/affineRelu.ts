import type { AffineReluKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'
import { rectify } from '../layers/relu.js'

export const affineRelu: Emitters<AffineReluKernels<Operand>> = {
  /** y = relu(affine(x, w, b)) */
  forward(g, { n: N, inSize: D, outSize: M }, x, w, b, y) {
    y.set(rectify(g, g.gemm(x.as([N, D]), w.as([D, M]), b?.as([M]) ?? null)))
  },
}
