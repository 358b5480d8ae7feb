import type { AvgPool2dKernels, Data } from '@convkit/api'
import { endInside, firstInside } from '../window.js'

export const avgPool2d: AvgPool2dKernels<Data> = {
  /** y[n,c,p,q] = (1 / k[p,q]) * sum_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], zero outside x */
  forward(d, x, y) {
    const { inH, inW, outH, outW, kH, kW } = d
    for (let nc = 0; nc < d.n * d.channels; nc++)
      for (let p = 0; p < outH; p++) {
        const top = p * d.strideH - d.padTop
        const iFrom = firstInside(top, 1)
        const iTo = endInside(top, 1, inH, kH)
        for (let q = 0; q < outW; q++) {
          const left = q * d.strideW - d.padLeft
          const jFrom = firstInside(left, 1)
          const jTo = endInside(left, 1, inW, kW)
          let sum = 0
          for (let i = iFrom; i < iTo; i++) {
            const row = (nc * inH + top + i) * inW + left
            for (let j = jFrom; j < jTo; j++) sum += x[row + j]
          }
          const k = d.countIncludePad ? kH * kW : (iTo - iFrom) * (jTo - jFrom)
          y[(nc * outH + p) * outW + q] = sum / k
        }
      }
  },

  /** dx[n,c,h,w] = sum of dy[n,c,p,q] / k[p,q] over the windows that hold (h, w) */
  backward(d, dy, dx) {
    const { inH, inW, outH, outW, kH, kW } = d
    // One plane of dx in double precision, so that overlapping windows add up with one rounding.
    const plane = new Float64Array(inH * inW)
    for (let nc = 0; nc < d.n * d.channels; nc++) {
      plane.fill(0)
      for (let p = 0; p < outH; p++) {
        const top = p * d.strideH - d.padTop
        const iFrom = firstInside(top, 1)
        const iTo = endInside(top, 1, inH, kH)
        for (let q = 0; q < outW; q++) {
          const left = q * d.strideW - d.padLeft
          const jFrom = firstInside(left, 1)
          const jTo = endInside(left, 1, inW, kW)
          const k = d.countIncludePad ? kH * kW : (iTo - iFrom) * (jTo - jFrom)
          const share = dy[(nc * outH + p) * outW + q] / k
          for (let i = iFrom; i < iTo; i++) {
            const row = (top + i) * inW + left
            for (let j = jFrom; j < jTo; j++) plane[row + j] += share
          }
        }
      }
      dx.set(plane, nc * inH * inW)
    }
  },
}
