import type { MaxPool2dDims, MaxPool2dKernels } from '@convkit/api'
import type { Runtime, Work } from '../runtime.js'
import type { Storage } from '../storage.js'
import { planes, poolWindow, rowOf } from '../window.js'

export function maxPool2d(runtime: Runtime): MaxPool2dKernels<Storage> {
  /** `splitRows` as in `poolWindow`. */
  function window(d: MaxPool2dDims, splitRows: number) {
    return poolWindow(runtime, d, splitRows, rowOf(d, runtime.bytes).rowBytes)
  }

  return {
    /** y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl] */
    forward(d, x, y) {
      if (tiles2x2(d)) runtime.run('maxPool2dForward2x2', rows(d, 0.35), { x, y, ...tiles(d) })
      else runtime.run('maxPool2dForward', planes(d), { x, y, ...window(d, 1) })
    },

    /** dx[n,c,h,w] = sum of dy[n,c,p,q] over the windows whose first maximum is x[n,c,h,w] */
    backward(d, dy, x, y, dx) {
      if (tiles2x2(d)) runtime.run('maxPool2dBackward2x2', rows(d, 0.7), { x, y, dy, dx, ...tiles(d) })
      else runtime.run('maxPool2dBackward', planes(d), { x, y, dy, dx, ...window(d, d.inH) })
    },
  }
}

function tiles2x2({ kH, kW, strideH, strideW, padTop, padLeft, padBottom, padRight }: MaxPool2dDims): boolean {
  return kH === 2 && kW === 2 && strideH === 2 && strideW === 2 && padTop + padLeft + padBottom + padRight === 0
}

function tiles({ inH, inW, outH, outW }: MaxPool2dDims) {
  return { inH, inW, outH, outW }
}

function rows({ n, channels, outH, outW }: MaxPool2dDims, nanosecondsEach: number): Work {
  const units = n * channels * outH
  return { units, nanoseconds: units * outW * nanosecondsEach }
}
