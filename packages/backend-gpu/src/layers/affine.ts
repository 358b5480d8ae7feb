import type { AffineKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'

export const affine: Emitters<AffineKernels<Operand>> = {
  /** y[n,m] = b[m] + sum_d x[n,d] * w[d,m] */
  forward(g, { n: N, inSize: D, outSize: M }, x, w, b, y) {
    const product = g.gemm(x.as([N, D]), w.as([D, M]), b?.as([M]) ?? null)
    y.set(product)
  },

  /** dx[n,d] = sum_m dy[n,m] * w[d,m]; dw[d,m] = sum_n x[n,d] * dy[n,m]; db[m] = sum_n dy[n,m] */
  backward(g, { n: N, inSize: D, outSize: M }, dy, x, w, dx, dw, db) {
    const upstream = dy.as([N, M])
    dx?.set(g.gemm(upstream, w.as([D, M]), null, { transB: 1 }))
    dw?.set(g.gemm(x.as([N, D]), upstream, null, { transA: 1 }))
    db?.set(g.reduce('ReduceSum', upstream, [0]))
  },
}
