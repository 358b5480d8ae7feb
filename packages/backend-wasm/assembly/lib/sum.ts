import { firstLanes, loadPart } from './lanes'
import { LANES, LINE, madd, SHIFT } from './simd'

/**
 * Long sums: vectors of partial sums over blocks of modest length, and the blocks added in double precision, which for
 * float64 carries along what each addition lost (Knuth's two-sum). An accumulator in memory has one number a lane.
 */

/** Bytes of an accumulator: four doubles, or two and their carries. */
@inline
export const SUM_BYTES: i32 = 32

/** Room for two accumulators for each vector of a cache line. */
@inline
export const LINE_SUMS_BYTES: i32 = 2 * (LINE / 16) * SUM_BYTES

/** Numbers that are added up as they are before an accumulator takes them; as many again may follow in one row. */
@inline
const BLOCK: i32 = 1024

export function clearSum(sum: usize): void {
  v128.store(sum, f64x2.splat(0))
  v128.store(sum, f64x2.splat(0), 16)
}

export function addToSum(sum: usize, v: v128): void {
  const old = v128.load(sum)
  if (LANES == 4) {
    v128.store(sum, f64x2.add(old, f64x2.promote_low_f32x4(v)))
    const high = f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 2, 3))
    v128.store(sum, f64x2.add(v128.load(sum, 16), high), 16)
  } else {
    const now = f64x2.add(old, v)
    const added = f64x2.sub(now, old)
    const lost = f64x2.add(f64x2.sub(old, f64x2.sub(now, added)), f64x2.sub(v, added))
    v128.store(sum, now)
    v128.store(sum, f64x2.add(v128.load(sum, 16), lost), 16)
  }
}

/** The sum in one lane. */
export function laneOf(sum: usize, lane: i32): f64 {
  const value = load<f64>(sum + (lane << 3))
  if (LANES == 4) return value
  const lost = load<f64>(sum + (lane << 3), 16)
  // Where the sum is infinite, what was lost is NaN.
  return lost == lost ? value + lost : value
}

/** The sum of all lanes. */
export function totalOf(sum: usize): f64 {
  if (LANES == 4) return laneOf(sum, 0) + laneOf(sum, 1) + (laneOf(sum, 2) + laneOf(sum, 3))
  return laneOf(sum, 0) + laneOf(sum, 1)
}

/** Sum of x over `rows` rows of `count` numbers, `pitch` bytes apart. */
export function sumRows(x: usize, rows: i32, count: i32, pitch: usize, sum: usize): void {
  clearSum(sum)
  const zero = v128.splat<real>(0)
  let s0 = zero
  let filled = 0
  for (; rows > 0; rows--, x += pitch) {
    let at = x
    for (let left = count; left > 0; ) {
      const part = min(left, BLOCK)
      const end = at + (part << SHIFT)
      let s1 = zero
      let s2 = zero
      let s3 = zero
      for (; at + 64 <= end; at += 64) {
        s0 = v128.add<real>(s0, v128.load(at))
        s1 = v128.add<real>(s1, v128.load(at, 16))
        s2 = v128.add<real>(s2, v128.load(at, 32))
        s3 = v128.add<real>(s3, v128.load(at, 48))
      }
      for (; at + 16 <= end; at += 16) s1 = v128.add<real>(s1, v128.load(at))
      if (at < end) s2 = v128.add<real>(s2, loadPart(at, <i32>(end - at) >> SHIFT))
      s0 = v128.add<real>(v128.add<real>(s0, s1), v128.add<real>(s2, s3))
      at = end
      left -= part
      filled += part
      if (filled >= BLOCK) {
        addToSum(sum, s0)
        s0 = zero
        filled = 0
      }
    }
  }
  addToSum(sum, s0)
}

/** Sum of (x - mean)^2 over `rows` rows of `count` numbers, `pitch` bytes apart. */
export function sumSquares(x: usize, rows: i32, count: i32, pitch: usize, mean: v128, sum: usize): void {
  clearSum(sum)
  const zero = v128.splat<real>(0)
  let s0 = zero
  let filled = 0
  for (; rows > 0; rows--, x += pitch) {
    let at = x
    for (let left = count; left > 0; ) {
      const part = min(left, BLOCK)
      const end = at + (part << SHIFT)
      let s1 = zero
      let s2 = zero
      let s3 = zero
      for (; at + 64 <= end; at += 64) {
        const d0 = v128.sub<real>(v128.load(at), mean)
        const d1 = v128.sub<real>(v128.load(at, 16), mean)
        const d2 = v128.sub<real>(v128.load(at, 32), mean)
        const d3 = v128.sub<real>(v128.load(at, 48), mean)
        s0 = madd(d0, d0, s0)
        s1 = madd(d1, d1, s1)
        s2 = madd(d2, d2, s2)
        s3 = madd(d3, d3, s3)
      }
      for (; at + 16 <= end; at += 16) {
        const d = v128.sub<real>(v128.load(at), mean)
        s1 = madd(d, d, s1)
      }
      if (at < end) {
        const rest = <i32>(end - at) >> SHIFT
        const d = v128.and(v128.sub<real>(loadPart(at, rest), mean), firstLanes(rest))
        s2 = madd(d, d, s2)
      }
      s0 = v128.add<real>(v128.add<real>(s0, s1), v128.add<real>(s2, s3))
      at = end
      left -= part
      filled += part
      if (filled >= BLOCK) {
        addToSum(sum, s0)
        s0 = zero
        filled = 0
      }
    }
  }
  addToSum(sum, s0)
}

/**
 * Sums of dy, in the accumulator at `sums`, and of dy * xhat, in the one behind it, over `rows` rows of `count` numbers,
 * `pitch` bytes apart; xhat = (x - mean) * scale.
 */
export function sumGradients(
  dy: usize,
  x: usize,
  rows: i32,
  count: i32,
  pitch: usize,
  mean: v128,
  scale: v128,
  sums: usize,
): void {
  clearSum(sums)
  clearSum(sums + SUM_BYTES)
  const zero = v128.splat<real>(0)
  let s0 = zero
  let t0 = zero
  let filled = 0
  for (; rows > 0; rows--, x += pitch, dy += pitch) {
    let at = dy
    const xFromDy = x - dy
    for (let left = count; left > 0; ) {
      const part = min(left, BLOCK)
      const end = at + (part << SHIFT)
      let s1 = zero
      let t1 = zero
      for (; at + 32 <= end; at += 32) {
        const g0 = v128.load(at)
        const g1 = v128.load(at, 16)
        s0 = v128.add<real>(s0, g0)
        s1 = v128.add<real>(s1, g1)
        t0 = madd(g0, v128.mul<real>(v128.sub<real>(v128.load(at + xFromDy), mean), scale), t0)
        t1 = madd(g1, v128.mul<real>(v128.sub<real>(v128.load(at + xFromDy, 16), mean), scale), t1)
      }
      if (at + 16 <= end) {
        const g = v128.load(at)
        s0 = v128.add<real>(s0, g)
        t0 = madd(g, v128.mul<real>(v128.sub<real>(v128.load(at + xFromDy), mean), scale), t0)
        at += 16
      }
      if (at < end) {
        const rest = <i32>(end - at) >> SHIFT
        const g = loadPart(at, rest)
        const xhat = v128.mul<real>(v128.sub<real>(loadPart(at + xFromDy, rest), mean), scale)
        s1 = v128.add<real>(s1, g)
        t1 = madd(g, v128.and(xhat, firstLanes(rest)), t1)
      }
      s0 = v128.add<real>(s0, s1)
      t0 = v128.add<real>(t0, t1)
      at = end
      left -= part
      filled += part
      if (filled >= BLOCK) {
        addToSum(sums, s0)
        addToSum(sums + SUM_BYTES, t0)
        s0 = zero
        t0 = zero
        filled = 0
      }
    }
  }
  addToSum(sums, s0)
  addToSum(sums + SUM_BYTES, t0)
}
