/** How a float32 kernel may arrange what it computes; each operation is rounded, as naive's are not. */
export interface Style {
  sum(terms: readonly number[]): number
  /** a * b + c, in one rounding or two. */
  mad(a: number, b: number, c: number): number
  /** Whether y is x * k + b, and quotients are products with a reciprocal. */
  readonly folded: boolean
}

/** The product of two floats is exact in float64. */
export const fused = (a: number, b: number, c: number) => Math.fround(a * b + c)
