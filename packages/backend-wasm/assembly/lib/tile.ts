import { madd, rectified } from './simd'

/** Rows of a tile, and of a panel of A. */
@inline
export const MR: i32 = 4

/** Bytes of a row of a tile, and of a step of a panel of B: two vectors. */
@inline
export const STEP_BYTES: i32 = 32

/** Columns of a tile: 8 of float32 or 4 of float64. */
@inline
export const NR: i32 = STEP_BYTES / <i32>sizeof<real>()

/** Bytes of a tile that stands by itself, beside a matrix that it would stick out of. */
@inline
export const TILE_BYTES: i32 = MR * STEP_BYTES

/** A tile starts at zero, */
@inline
export const ZERO: i32 = 0
/** or at what C holds, */
@inline
export const ADD: i32 = 1
/** or each row at its number of the four at `bias`, */
@inline
export const ROW_BIAS: i32 = 2
/** or each column at its number of the NR at `bias`. */
@inline
export const COLUMN_BIAS: i32 = 3

/**
 * C[r][c] = start + sum_k A[k][r] * B[k][c] for 4 rows and NR columns: the one loop that all matrix products and
 * convolutions spend their time in. A is a panel of 4 numbers a step, B one of NR; c0 to c3 point at C's rows. k >= 1.
 *
 * Eight accumulators, two vectors of B, one of A and a product fit the 15 registers that V8 gives out. Steps are chained
 * by breaks: in a plain unrolled loop the compilers interleave the steps and spill.
 */
export function tile(
  k: i32,
  a: usize,
  b: usize,
  c0: usize,
  c1: usize,
  c2: usize,
  c3: usize,
  start: i32,
  bias: usize,
  relu: bool,
): void {
  let c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128
  if (start == ADD) {
    c00 = v128.load(c0)
    c01 = v128.load(c0, 16)
    c10 = v128.load(c1)
    c11 = v128.load(c1, 16)
    c20 = v128.load(c2)
    c21 = v128.load(c2, 16)
    c30 = v128.load(c3)
    c31 = v128.load(c3, 16)
  } else if (start == ROW_BIAS) {
    c00 = c01 = v128.load_splat<real>(bias)
    c10 = c11 = v128.load_splat<real>(bias, sizeof<real>())
    c20 = c21 = v128.load_splat<real>(bias, 2 * sizeof<real>())
    c30 = c31 = v128.load_splat<real>(bias, 3 * sizeof<real>())
  } else if (start == COLUMN_BIAS) {
    c00 = c10 = c20 = c30 = v128.load(bias)
    c01 = c11 = c21 = c31 = v128.load(bias, 16)
  } else {
    c00 = c01 = c10 = c11 = c20 = c21 = c30 = c31 = v128.splat<real>(0)
  }
  while (true) {
    let b0 = v128.load(b)
    let b1 = v128.load(b, 16)
    let r = v128.load_splat<real>(a)
    c00 = madd(r, b0, c00)
    c01 = madd(r, b1, c01)
    r = v128.load_splat<real>(a, sizeof<real>())
    c10 = madd(r, b0, c10)
    c11 = madd(r, b1, c11)
    r = v128.load_splat<real>(a, 2 * sizeof<real>())
    c20 = madd(r, b0, c20)
    c21 = madd(r, b1, c21)
    r = v128.load_splat<real>(a, 3 * sizeof<real>())
    c30 = madd(r, b0, c30)
    c31 = madd(r, b1, c31)
    a += 4 * sizeof<real>()
    if (--k == 0) break
    b0 = v128.load(b, 32)
    b1 = v128.load(b, 48)
    r = v128.load_splat<real>(a)
    c00 = madd(r, b0, c00)
    c01 = madd(r, b1, c01)
    r = v128.load_splat<real>(a, sizeof<real>())
    c10 = madd(r, b0, c10)
    c11 = madd(r, b1, c11)
    r = v128.load_splat<real>(a, 2 * sizeof<real>())
    c20 = madd(r, b0, c20)
    c21 = madd(r, b1, c21)
    r = v128.load_splat<real>(a, 3 * sizeof<real>())
    c30 = madd(r, b0, c30)
    c31 = madd(r, b1, c31)
    a += 4 * sizeof<real>()
    b += 64
    if (--k == 0) break
  }
  if (relu) {
    c00 = rectified(c00)
    c01 = rectified(c01)
    c10 = rectified(c10)
    c11 = rectified(c11)
    c20 = rectified(c20)
    c21 = rectified(c21)
    c30 = rectified(c30)
    c31 = rectified(c31)
  }
  v128.store(c0, c00)
  v128.store(c0, c01, 16)
  v128.store(c1, c10)
  v128.store(c1, c11, 16)
  v128.store(c2, c20)
  v128.store(c2, c21, 16)
  v128.store(c3, c30)
  v128.store(c3, c31, 16)
}
