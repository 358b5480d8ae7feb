import type { AvgPool2dDims, AvgPool2dKernels } from '@convkit/api'
import type { Runtime } from '../runtime.js'
import type { Storage } from '../storage.js'
import { planes, poolWindow, rowOf } from '../window.js'

export function avgPool2d(runtime: Runtime): AvgPool2dKernels<Storage> {
  /** In a thread's memory, behind a row of phases: a row, the windows' widths, a margin of zeros, a phase of shares. */
  function fields(d: AvgPool2dDims) {
    const { rowBytes, marginBytes, phase } = rowOf(d, runtime.bytes)
    const window = poolWindow(runtime, d, 1, 2 * rowBytes + marginBytes + phase)
    const widths = window.row + rowBytes
    const before = widths + rowBytes
    const { countIncludePad } = d
    return { average: { widths, countIncludePad, ...window }, before, shares: before + marginBytes }
  }

  return {
    /** y[n,c,p,q] = (1 / k[p,q]) * sum_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], zero outside x */
    forward(d, x, y) {
      runtime.run('avgPool2dForward', planes(d), { x, y, ...fields(d).average })
    },

    /** dx[n,c,h,w] = sum of dy[n,c,p,q] / k[p,q] over the windows that hold (h, w) */
    backward(d, dy, dx) {
      const { average, before, shares } = fields(d)
      runtime.run('avgPool2dBackward', planes(d), { before, shares, dy, dx, ...average })
    },
  }
}
