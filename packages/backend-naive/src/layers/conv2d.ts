import type { Conv2dDims, Conv2dKernels, Data } from '@convkit/api'
import { endInside, firstInside } from '../window.js'

export const conv2d: Conv2dKernels<Data> = {
  /** y[n,f,p,q] = b[f] + sum_{c,i,j} x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] * w[f,c,i,j], zero outside x */
  forward(d, x, w, b, y) {
    const { inC, inH, inW, outC, outH, outW, kH, kW, strideH, strideW, dilationH, dilationW } = d
    const groupC = inC / d.groups
    const groupF = outC / d.groups
    for (let n = 0; n < d.n; n++)
      for (let f = 0; f < outC; f++) {
        const firstC = Math.floor(f / groupF) * groupC
        for (let p = 0; p < outH; p++) {
          const top = p * strideH - d.padTop
          const iFrom = firstInside(top, dilationH)
          const iTo = endInside(top, dilationH, inH, kH)
          for (let q = 0; q < outW; q++) {
            const left = q * strideW - d.padLeft
            const jFrom = firstInside(left, dilationW)
            const jTo = endInside(left, dilationW, inW, kW)
            let sum = b ? b[f] : 0
            for (let c = 0; c < groupC; c++)
              for (let i = iFrom; i < iTo; i++) {
                const xRow = ((n * inC + firstC + c) * inH + top + i * dilationH) * inW + left
                const wRow = ((f * groupC + c) * kH + i) * kW
                for (let j = jFrom; j < jTo; j++) sum += x[xRow + j * dilationW] * w[wRow + j]
              }
            y[((n * outC + f) * outH + p) * outW + q] = sum
          }
        }
      }
  },

  backward(d, dy, x, w, dx, dw, db) {
    if (dx) inputGradient(d, dy, w, dx)
    if (dw) weightGradient(d, dy, x, dw)
    if (db) biasGradient(d, dy, db)
  },
}

/** dx[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] = sum of dy[n,f,p,q] * w[f,c,i,j] over the taps that read it */
function inputGradient(d: Conv2dDims, dy: Data, w: Data, dx: Data): void {
  const { inC, inH, inW, outC, outH, outW, kH, kW, strideH, strideW, dilationH, dilationW } = d
  const groupC = inC / d.groups
  const groupF = outC / d.groups
  // One plane of dx in double precision, so that float32 is rounded once, not at every tap.
  const plane = new Float64Array(inH * inW)
  for (let n = 0; n < d.n; n++)
    for (let c = 0; c < inC; c++) {
      plane.fill(0)
      const firstF = Math.floor(c / groupC) * groupF
      for (let f = firstF; f < firstF + groupF; f++)
        for (let p = 0; p < outH; p++) {
          const top = p * strideH - d.padTop
          const iFrom = firstInside(top, dilationH)
          const iTo = endInside(top, dilationH, inH, kH)
          for (let q = 0; q < outW; q++) {
            const left = q * strideW - d.padLeft
            const jFrom = firstInside(left, dilationW)
            const jTo = endInside(left, dilationW, inW, kW)
            const g = dy[((n * outC + f) * outH + p) * outW + q]
            for (let i = iFrom; i < iTo; i++) {
              const row = (top + i * dilationH) * inW + left
              const wRow = ((f * groupC + (c % groupC)) * kH + i) * kW
              for (let j = jFrom; j < jTo; j++) plane[row + j * dilationW] += g * w[wRow + j]
            }
          }
        }
      dx.set(plane, (n * inC + c) * inH * inW)
    }
}

/** dw[f,c,i,j] = sum_{n,p,q} dy[n,f,p,q] * x[n,c,p*sh+i*dh-pt,q*sw+j*dw-pl] */
function weightGradient(d: Conv2dDims, dy: Data, x: Data, dw: Data): void {
  const { inC, inH, inW, outC, outH, outW, kH, kW, strideH, strideW } = d
  const groupC = inC / d.groups
  const groupF = outC / d.groups
  for (let f = 0; f < outC; f++) {
    const firstC = Math.floor(f / groupF) * groupC
    for (let c = 0; c < groupC; c++)
      for (let i = 0; i < kH; i++) {
        const top = i * d.dilationH - d.padTop
        const pFrom = firstInside(top, strideH)
        const pTo = endInside(top, strideH, inH, outH)
        for (let j = 0; j < kW; j++) {
          const left = j * d.dilationW - d.padLeft
          const qFrom = firstInside(left, strideW)
          const qTo = endInside(left, strideW, inW, outW)
          let sum = 0
          for (let n = 0; n < d.n; n++)
            for (let p = pFrom; p < pTo; p++) {
              const dyRow = ((n * outC + f) * outH + p) * outW
              const xRow = ((n * inC + firstC + c) * inH + p * strideH + top) * inW + left
              for (let q = qFrom; q < qTo; q++) sum += dy[dyRow + q] * x[xRow + q * strideW]
            }
          dw[((f * groupC + c) * kH + i) * kW + j] = sum
        }
      }
  }
}

/** db[f] = sum_{n,p,q} dy[n,f,p,q] */
function biasGradient(d: Conv2dDims, dy: Data, db: Data): void {
  const size = d.outH * d.outW
  for (let f = 0; f < d.outC; f++) {
    let sum = 0
    for (let n = 0; n < d.n; n++) {
      const plane = (n * d.outC + f) * size
      for (let pq = 0; pq < size; pq++) sum += dy[plane + pq]
    }
    db[f] = sum
  }
}
