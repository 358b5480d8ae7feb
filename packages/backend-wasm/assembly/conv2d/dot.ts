import { madd } from '../lib/simd'

/**
 * sum[r][t] += filters[step][r] * tap t[step], lane by lane, for 4 filters, 2 taps, and `rows` rows of `steps` vectors;
 * a tap's rows are `gap` bytes apart.
 */
export function dot(rows: i32, steps: i32, gap: usize, filters: usize, tap0: usize, tap1: usize, sum: usize): void {
  const zero = v128.splat<real>(0)
  let c00 = zero
  let c01 = zero
  let c10 = zero
  let c11 = zero
  let c20 = zero
  let c21 = zero
  let c30 = zero
  let c31 = zero
  while (true) {
    let step = steps
    while (true) {
      const x0 = v128.load(tap0)
      const x1 = v128.load(tap1)
      let r = v128.load(filters)
      c00 = madd(r, x0, c00)
      c01 = madd(r, x1, c01)
      r = v128.load(filters, 16)
      c10 = madd(r, x0, c10)
      c11 = madd(r, x1, c11)
      r = v128.load(filters, 32)
      c20 = madd(r, x0, c20)
      c21 = madd(r, x1, c21)
      r = v128.load(filters, 48)
      c30 = madd(r, x0, c30)
      c31 = madd(r, x1, c31)
      tap0 += 16
      tap1 += 16
      filters += 64
      if (--step == 0) break
    }
    if (--rows == 0) break
    tap0 += gap
    tap1 += gap
  }
  v128.store(sum, v128.add<real>(v128.load(sum), c00))
  v128.store(sum, v128.add<real>(v128.load(sum, 16), c01), 16)
  v128.store(sum, v128.add<real>(v128.load(sum, 32), c10), 32)
  v128.store(sum, v128.add<real>(v128.load(sum, 48), c11), 48)
  v128.store(sum, v128.add<real>(v128.load(sum, 64), c20), 64)
  v128.store(sum, v128.add<real>(v128.load(sum, 80), c21), 80)
  v128.store(sum, v128.add<real>(v128.load(sum, 96), c30), 96)
  v128.store(sum, v128.add<real>(v128.load(sum, 112), c31), 112)
}

/** `dot` for one filter, of the four that are interleaved, and four taps, whose sums are those of two pairs. */
export function dotOne(
  rows: i32,
  steps: i32,
  gap: usize,
  filters: usize,
  tap0: usize,
  tap1: usize,
  tap2: usize,
  tap3: usize,
  sum: usize,
): void {
  let c0 = v128.splat<real>(0)
  let c1 = c0
  let c2 = c0
  let c3 = c0
  while (true) {
    let step = steps
    while (true) {
      const r = v128.load(filters)
      c0 = madd(r, v128.load(tap0), c0)
      c1 = madd(r, v128.load(tap1), c1)
      c2 = madd(r, v128.load(tap2), c2)
      c3 = madd(r, v128.load(tap3), c3)
      tap0 += 16
      tap1 += 16
      tap2 += 16
      tap3 += 16
      filters += 64
      if (--step == 0) break
    }
    if (--rows == 0) break
    tap0 += gap
    tap1 += gap
    tap2 += gap
    tap3 += gap
  }
  v128.store(sum, v128.add<real>(v128.load(sum), c0))
  v128.store(sum, v128.add<real>(v128.load(sum, 16), c1), 16)
  v128.store(sum, v128.add<real>(v128.load(sum, 128), c2), 128)
  v128.store(sum, v128.add<real>(v128.load(sum, 144), c3), 144)
}
