import { gamma, type Precision } from './rounding.js'
import type { Approx } from './running.js'

export interface AffineSize {
  readonly N: number
  readonly inSize: number
  readonly outSize: number
}

/** Stride 1, odd kernels K x K, padded to keep the image's size. */
export interface ConvSize {
  readonly N: number
  readonly C: number
  readonly H: number
  readonly W: number
  readonly F: number
  readonly K: number
}

/** A sum of products of values that are themselves off: what they bring along, and gamma_{n+1} of all magnitudes. */
function dot({ u, eta }: Precision) {
  let [value, error, magnitude, n] = [0, 0, 0, 0]
  return {
    add(a: Approx | undefined, b: Approx | undefined): void {
      if (!a || !b) throw new RangeError('an operand is missing')
      const [sizeA, sizeB] = [Math.abs(a.value), Math.abs(b.value)]
      value += a.value * b.value
      error += sizeA * b.error + sizeB * a.error + a.error * b.error
      magnitude += (sizeA + a.error) * (sizeB + b.error)
      n++
    },
    total: (): Approx => ({ value, error: error + gamma(n + 1, u) * magnitude + 2 * n * eta }),
  }
}

const one: Approx = { value: 1, error: 0 }

/** y[n,o] = b[o] + sum_i x[n,i] * w[i,o] */
export function affineForward(
  { N, inSize, outSize }: AffineSize,
  x: readonly Approx[],
  w: readonly Approx[],
  b: readonly Approx[],
  precision: Precision,
): Approx[] {
  const y: Approx[] = []
  for (let n = 0; n < N; n++)
    for (let o = 0; o < outSize; o++) {
      const sum = dot(precision)
      sum.add(one, b[o])
      for (let i = 0; i < inSize; i++) sum.add(x[n * inSize + i], w[i * outSize + o])
      y.push(sum.total())
    }
  return y
}

export function affineBackward(
  { N, inSize, outSize }: AffineSize,
  dy: readonly Approx[],
  x: readonly Approx[],
  w: readonly Approx[],
  precision: Precision,
): { readonly dx: Approx[]; readonly dw: Approx[]; readonly db: Approx[] } {
  const [dx, dw, db]: Approx[][] = [[], [], []]
  for (let n = 0; n < N; n++)
    for (let i = 0; i < inSize; i++) {
      const sum = dot(precision)
      for (let o = 0; o < outSize; o++) sum.add(dy[n * outSize + o], w[i * outSize + o])
      dx?.push(sum.total())
    }
  for (let i = 0; i < inSize; i++)
    for (let o = 0; o < outSize; o++) {
      const sum = dot(precision)
      for (let n = 0; n < N; n++) sum.add(x[n * inSize + i], dy[n * outSize + o])
      dw?.push(sum.total())
    }
  for (let o = 0; o < outSize; o++) {
    const sum = dot(precision)
    for (let n = 0; n < N; n++) sum.add(one, dy[n * outSize + o])
    db?.push(sum.total())
  }
  return { dx: dx ?? [], dw: dw ?? [], db: db ?? [] }
}

/** y[n,f,p,q] = b[f] + sum_{c,i,j} x[n,c,p+i-pad,q+j-pad] * w[f,c,i,j] */
export function convForward(
  size: ConvSize,
  x: readonly Approx[],
  w: readonly Approx[],
  b: readonly Approx[],
  precision: Precision,
): Approx[] {
  const { N, F, H, W } = size
  const y: Approx[] = []
  for (let n = 0; n < N; n++)
    for (let f = 0; f < F; f++)
      for (let p = 0; p < H; p++)
        for (let q = 0; q < W; q++) {
          const sum = dot(precision)
          sum.add(one, b[f])
          for (const [xi, wi] of taps(size, n, f, p, q)) sum.add(x[xi], w[wi])
          y.push(sum.total())
        }
  return y
}

/** dw[f,c,i,j] = sum_{n,p,q} dy[n,f,p,q] * x[n,c,p+i-pad,q+j-pad]; db[f] = sum_{n,p,q} dy[n,f,p,q] */
export function convWeightGradient(
  size: ConvSize,
  dy: readonly Approx[],
  x: readonly Approx[],
  precision: Precision,
): { readonly dw: Approx[]; readonly db: Approx[] } {
  const { N, C, F, H, W, K } = size
  const dw = Array.from({ length: F * C * K * K }, () => dot(precision))
  const db = Array.from({ length: F }, () => dot(precision))
  for (let n = 0; n < N; n++)
    for (let f = 0; f < F; f++)
      for (let p = 0; p < H; p++)
        for (let q = 0; q < W; q++) {
          const d = dy[((n * F + f) * H + p) * W + q]
          db[f]?.add(one, d)
          for (const [xi, wi] of taps(size, n, f, p, q)) dw[wi]?.add(d, x[xi])
        }
  return { dw: dw.map((sum) => sum.total()), db: db.map((sum) => sum.total()) }
}

/** Where in x and in w the taps of one output lie, those on padding left out. */
function* taps({ C, H, W, K }: ConvSize, n: number, f: number, p: number, q: number): Generator<[number, number]> {
  const pad = (K - 1) / 2
  for (let c = 0; c < C; c++)
    for (let i = 0; i < K; i++)
      for (let j = 0; j < K; j++) {
        const [row, column] = [p + i - pad, q + j - pad]
        if (row < 0 || row >= H || column < 0 || column >= W) continue
        yield [((n * C + c) * H + row) * W + column, ((f * C + c) * K + i) * K + j]
      }
}
