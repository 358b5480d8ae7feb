export interface Eigen {
  readonly values: Float64Array
  /** (n, n), row-major: of each value a vector of length 1, and of different ones orthogonal. */
  readonly vectors: Float64Array
}

/**
 * Of a symmetric matrix (n, n), row-major, by Jacobi's rotations (Golub and Van Loan 2013, section 8.5): each makes one
 * element off the diagonal 0, and sweeps over all of them end when what is left there is rounding.
 */
export function symmetricEigen(matrix: Float64Array, n: number): Eigen {
  const a = matrix.slice()
  const vectors = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))
  const negligible = n * 2 ** -53 * Math.hypot(...a)
  while (a.some((value, i) => i % (n + 1) !== 0 && Math.abs(value) > negligible))
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const slope = tangent(a[p * (n + 1)], a[p * n + q], a[q * (n + 1)])
        rotate(a, n, slope, { p: p, q: q, step: n })
        rotate(a, n, slope, { p: p * n, q: q * n, step: 1 })
        rotate(vectors, n, slope, { p: p * n, q: q * n, step: 1 })
      }
  return { values: Float64Array.from({ length: n }, (_, k) => a[k * (n + 1)]), vectors }
}

/** Of the smaller angle that makes [[app, apq], [apq, aqq]] diagonal. */
function tangent(app: number, apq: number, aqq: number): number {
  if (apq === 0) return 0
  const tau = (aqq - app) / (2 * apq)
  return (tau < 0 ? -1 : 1) / (Math.abs(tau) + Math.hypot(1, tau))
}

interface Pair {
  readonly p: number
  readonly q: number
  readonly step: number
}

/** Turns n pairs of elements, the first at p and q, by the angle whose tangent is `slope`. */
function rotate(of: Float64Array, n: number, slope: number, { p, q, step }: Pair): void {
  const c = 1 / Math.hypot(1, slope)
  const s = c * slope
  for (let i = 0; i < n * step; i += step) {
    const [x, y] = [of[p + i], of[q + i]]
    of[p + i] = c * x - s * y
    of[q + i] = s * x + c * y
  }
}
