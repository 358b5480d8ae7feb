import type { Data, MaxPool2dKernels } from '@convkit/api'
import { endInside, firstInside } from '../window.js'

export const maxPool2d: MaxPool2dKernels<Data> = {
  /** y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl] */
  forward(d, x, y) {
    const { inH, inW, outH, outW, kH, kW } = d
    for (let nc = 0; nc < d.n * d.channels; nc++) {
      const image = nc * inH * inW
      for (let p = 0; p < outH; p++) {
        const top = p * d.strideH - d.padTop
        const iFrom = firstInside(top, 1)
        const iTo = endInside(top, 1, inH, kH)
        for (let q = 0; q < outW; q++) {
          const left = q * d.strideW - d.padLeft
          const jFrom = firstInside(left, 1)
          const jTo = endInside(left, 1, inW, kW)
          const corner = image + (top + iFrom) * inW + left + jFrom
          y[(nc * outH + p) * outW + q] = x[firstMaximum(x, corner, inW, iTo - iFrom, jTo - jFrom)]
        }
      }
    }
  },

  /** dx[n,c,h,w] = sum of dy[n,c,p,q] over the windows whose first maximum is x[n,c,h,w] */
  backward(d, dy, x, _y, dx) {
    const { inH, inW, outH, outW, kH, kW } = d
    // One plane of dx in double precision, so that overlapping windows add up with one rounding.
    const plane = new Float64Array(inH * inW)
    for (let nc = 0; nc < d.n * d.channels; nc++) {
      const image = nc * inH * inW
      plane.fill(0)
      for (let p = 0; p < outH; p++) {
        const top = p * d.strideH - d.padTop
        const iFrom = firstInside(top, 1)
        const iTo = endInside(top, 1, inH, kH)
        for (let q = 0; q < outW; q++) {
          const left = q * d.strideW - d.padLeft
          const jFrom = firstInside(left, 1)
          const jTo = endInside(left, 1, inW, kW)
          const corner = image + (top + iFrom) * inW + left + jFrom
          plane[firstMaximum(x, corner, inW, iTo - iFrom, jTo - jFrom) - image] += dy[(nc * outH + p) * outW + q]
        }
      }
      dx.set(plane, image)
    }
  },
}

/** Index in x of the first maximum, or the first NaN, of the `height` x `width` elements from `corner` on. */
function firstMaximum(x: Data, corner: number, inW: number, height: number, width: number): number {
  // Starts at an element, not at -infinity: padding never wins, not even over a window of -infinities.
  let best = corner
  for (let i = 0; i < height; i++) {
    const row = corner + i * inW
    for (let k = row; k < row + width; k++) {
      if (Number.isNaN(x[k])) return k
      if (x[k] > x[best]) best = k
    }
  }
  return best
}
