import type { Conv2dKernels } from '@convkit/api'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { correlate } from './conv2d/correlate.js'
import { inputGradient } from './conv2d/inputGradient.js'
import { weightGradient } from './conv2d/weightGradient.js'

export function conv2d(runtime: Runtime): Conv2dKernels<Storage> {
  return {
    /** y[n,f,p,q] = b[f] + sum_{c,i,j} x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] * w[f,c,i,j], zero outside x */
    forward(d, x, w, b, y) {
      correlate(runtime, d, { x, w, b, y })
    },

    /** dx: every tap's share of dy * w; dw: dy times what each tap read; db: the sum of dy */
    backward(d, dy, x, w, dx, dw, db) {
      if (dx) inputGradient(runtime, d, dy, w, dx)
      if (dw) weightGradient(runtime, d, dy, x, dw)
      if (!db) return
      const outSize = d.outH * d.outW
      const nanoseconds = d.n * d.outC * outSize * 0.1
      runtime.run('conv2dBiasGradient', { units: d.outC, nanoseconds }, { n: d.n, filters: d.outC, outSize, dy, db })
    },
  }
}
