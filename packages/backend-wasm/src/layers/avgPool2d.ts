import type { AvgPool2dDims, AvgPool2dKernels } from '@convkit/api'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { planes, type Tensors, windowFields } from '../window.js'

export function avgPool2d(runtime: Runtime): AvgPool2dKernels<Storage> {
  const fields = (d: AvgPool2dDims, tensors: Tensors) =>
    windowFields(runtime, d, tensors, { splitRows: 1, countIncludePad: d.countIncludePad })

  return {
    /** y[n,c,p,q] = (1 / k[p,q]) * sum_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], zero outside x */
    forward(d, x, y) {
      runtime.run('avgPool2dForward', planes(d), fields(d, { x, y }))
    },

    /** dx[n,c,h,w] = sum of dy[n,c,p,q] / k[p,q] over the windows that hold (h, w) */
    backward(d, dy, dx) {
      runtime.run('avgPool2dBackward', planes(d), fields(d, { dy, dx }))
    },
  }
}
