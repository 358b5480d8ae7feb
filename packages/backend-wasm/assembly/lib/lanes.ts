import { LANES } from './simd'

/** Every other number of a and b, from the first on. */
@inline
export function evens(a: v128, b: v128): v128 {
  if (LANES == 4) return v128.shuffle<f32>(a, b, 0, 2, 4, 6)
  return v128.shuffle<f64>(a, b, 0, 2)
}

/** Every other number of a and b, from the second on. */
@inline
export function odds(a: v128, b: v128): v128 {
  if (LANES == 4) return v128.shuffle<f32>(a, b, 1, 3, 5, 7)
  return v128.shuffle<f64>(a, b, 1, 3)
}

/** a[0], b[0], a[1], b[1], ...: the first half. */
@inline
export function zipLow(a: v128, b: v128): v128 {
  if (LANES == 4) return v128.shuffle<f32>(a, b, 0, 4, 1, 5)
  return v128.shuffle<f64>(a, b, 0, 2)
}

/** a[0], b[0], a[1], b[1], ...: the second half. */
@inline
export function zipHigh(a: v128, b: v128): v128 {
  if (LANES == 4) return v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  return v128.shuffle<f64>(a, b, 1, 3)
}

/** The first `count` numbers at `at`, 1 <= count < LANES, and zeros; nothing behind them is read. */
@inline
export function loadPart(at: usize, count: i32): v128 {
  let v = v128.load_zero<real>(at)
  if (LANES == 4) {
    if (count > 1) v = v128.load_lane<real>(at, v, 1, sizeof<real>())
    if (count > 2) v = v128.load_lane<real>(at, v, 2, 2 * sizeof<real>())
  }
  return v
}

/** Stores the first `count` numbers of v, 1 <= count < LANES. */
@inline
export function storePart(at: usize, v: v128, count: i32): void {
  v128.store_lane<real>(at, v, 0)
  if (LANES == 4) {
    if (count > 1) v128.store_lane<real>(at, v, 1, sizeof<real>())
    if (count > 2) v128.store_lane<real>(at, v, 2, 2 * sizeof<real>())
  }
}

/** All bits in the first `count` numbers, none in the others. */
@inline
export function firstLanes(count: i32): v128 {
  if (LANES == 4) return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count))
  return i64x2.lt_s(i64x2(0, 1), i64x2.splat(count))
}

/** A whole vector, or as many numbers as there are. */
@inline
export function loadUpTo(at: usize, count: i32): v128 {
  return count >= LANES ? v128.load(at) : loadPart(at, count)
}

@inline
export function storeUpTo(at: usize, v: v128, count: i32): void {
  if (count >= LANES) v128.store(at, v)
  else storePart(at, v, count)
}
