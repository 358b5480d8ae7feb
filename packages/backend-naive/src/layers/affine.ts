import type { AffineDims, AffineKernels, Data } from '@convkit/api'

export const affine: AffineKernels<Data> = {
  /** y[n,m] = b[m] + sum_d x[n,d] * w[d,m] */
  forward({ n: N, inSize: D, outSize: M }, x, w, b, y) {
    // A row of y at a time, so that the inner loop runs along w's rows.
    const row = new Float64Array(M)
    for (let n = 0; n < N; n++) {
      for (let m = 0; m < M; m++) row[m] = b ? b[m] : 0
      for (let d = 0; d < D; d++) {
        const xnd = x[n * D + d]
        const wRow = d * M
        for (let m = 0; m < M; m++) row[m] += xnd * w[wRow + m]
      }
      y.set(row, n * M)
    }
  },

  backward(d, dy, x, w, dx, dw, db) {
    if (dx) inputGradient(d, dy, w, dx)
    if (dw) weightGradient(d, dy, x, dw)
    if (db) biasGradient(d, dy, db)
  },
}

/** dx[n,d] = sum_m dy[n,m] * w[d,m] */
function inputGradient({ n: N, inSize: D, outSize: M }: AffineDims, dy: Data, w: Data, dx: Data): void {
  for (let n = 0; n < N; n++) {
    const dyRow = n * M
    for (let d = 0; d < D; d++) {
      const wRow = d * M
      let sum = 0
      for (let m = 0; m < M; m++) sum += dy[dyRow + m] * w[wRow + m]
      dx[n * D + d] = sum
    }
  }
}

/** dw[d,m] = sum_n x[n,d] * dy[n,m] */
function weightGradient({ n: N, inSize: D, outSize: M }: AffineDims, dy: Data, x: Data, dw: Data): void {
  const row = new Float64Array(M)
  for (let d = 0; d < D; d++) {
    row.fill(0)
    for (let n = 0; n < N; n++) {
      const xnd = x[n * D + d]
      const dyRow = n * M
      for (let m = 0; m < M; m++) row[m] += xnd * dy[dyRow + m]
    }
    dw.set(row, d * M)
  }
}

/** db[m] = sum_n dy[n,m] */
function biasGradient({ n: N, outSize: M }: AffineDims, dy: Data, db: Data): void {
  for (let m = 0; m < M; m++) {
    let sum = 0
    for (let n = 0; n < N; n++) sum += dy[n * M + m]
    db[m] = sum
  }
}
