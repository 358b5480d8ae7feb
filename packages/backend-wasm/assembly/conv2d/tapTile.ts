import { madd, rectified } from '../lib/simd'
import { ADD } from '../lib/tile'

/**
 * `tile`, from ADD or ROW_BIAS, with step k of B at image + taps[k] bytes: for so few rows of A that gathering B would
 * cost more.
 */
export function tapTile(
  k: i32,
  a: usize,
  image: usize,
  taps: usize,
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
  } else {
    c00 = c01 = v128.load_splat<real>(bias)
    c10 = c11 = v128.load_splat<real>(bias, sizeof<real>())
    c20 = c21 = v128.load_splat<real>(bias, 2 * sizeof<real>())
    c30 = c31 = v128.load_splat<real>(bias, 3 * sizeof<real>())
  }
  while (true) {
    let b = image + load<i32>(taps)
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
    b = image + load<i32>(taps, 4)
    b0 = v128.load(b)
    b1 = v128.load(b, 16)
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
    taps += 8
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
