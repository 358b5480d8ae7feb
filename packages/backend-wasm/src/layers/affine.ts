import type { AffineKernels } from '@convkit/api'
import { lines } from '../cacheLines.js'
import { gemm } from '../gemm.js'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'

export function affine(runtime: Runtime): AffineKernels<Storage> {
  return {
    /** y[n,m] = b[m] + sum_d x[n,d] * w[d,m] */
    forward({ n, inSize, outSize }, x, w, b, y) {
      gemm(runtime, { m: n, n: outSize, k: inSize, a: x, b: w, c: y, bias: b })
    },

    /** dx[n,d] = sum_m dy[n,m] * w[d,m]; dw[d,m] = sum_n x[n,d] * dy[n,m]; db[m] = sum_n dy[n,m] */
    backward({ n, inSize, outSize }, dy, x, w, dx, dw, db) {
      if (dx) gemm(runtime, { m: n, n: inSize, k: outSize, a: dy, b: w, transposeB: true, c: dx })
      if (dw) gemm(runtime, { m: inSize, n: outSize, k: n, a: x, transposeA: true, b: dy, c: dw })
      if (db) {
        const work = {
          units: lines(outSize * runtime.bytes),
          nanoseconds: (n * outSize * runtime.bytes) / 20,
        }
        runtime.run('affineBackwardBias', work, { n, outSize, dy, db })
      }
    },
  }
}
