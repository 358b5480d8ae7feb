import type { MaxPool2dDims, MaxPool2dKernels } from '@convkit/api'
import type { Runtime, Work } from '../runtime.js'
import type { Storage } from '../storage.js'
import { planes, type Tensors, windowFields } from '../window.js'

export function maxPool2d(runtime: Runtime): MaxPool2dKernels<Storage> {
  return {
    /** y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl] */
    forward(d, x, y) {
      if (tiles2x2(d)) runtime.run('maxPool2dForward2x2', rows(d, 0.35), tileFields(d, { x, y }))
      else runtime.run('maxPool2dForward', planes(d), windowFields(runtime, d, { x, y }, { splitRows: 1 }))
    },

    /** dx[n,c,h,w] = sum of dy[n,c,p,q] over the windows whose first maximum is x[n,c,h,w] */
    backward(d, dy, x, y, dx) {
      const tensors = { x, y, dy, dx }
      if (tiles2x2(d)) runtime.run('maxPool2dBackward2x2', rows(d, 0.7), tileFields(d, tensors))
      else runtime.run('maxPool2dBackward', planes(d), windowFields(runtime, d, tensors, { splitRows: d.inH }))
    },
  }
}

function tiles2x2({ kH, kW, strideH, strideW, padTop, padLeft, padBottom, padRight }: MaxPool2dDims): boolean {
  return kH === 2 && kW === 2 && strideH === 2 && strideW === 2 && padTop + padLeft + padBottom + padRight === 0
}

function tileFields({ inH, inW, outH, outW }: MaxPool2dDims, { x, y, dy, dx }: Tensors): (Storage | number | null)[] {
  return [inH, inW, outH, outW, x ?? null, y ?? null, dy ?? null, dx ?? null]
}

function rows({ n, channels, outH, outW }: MaxPool2dDims, nanosecondsEach: number): Work {
  const units = n * channels * outH
  return { units, nanoseconds: units * outW * nanosecondsEach }
}
