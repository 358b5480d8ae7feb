import { LANES, SHIFT } from '../lib/simd'

/** The larger of a and b, or NaN where one is. Lanes that are equal keep a, so that -0 and 0 come out as in a loop. */
@inline
export function larger(a: v128, b: v128): v128 {
  return v128.or(v128.pmax<real>(a, b), v128.ne<real>(b, b))
}

/**
 * Of a window of height x width numbers: the address of the first that equals y, or of the first NaN where y is one. It is
 * there: y came out of this window.
 */
export function winner(corner: usize, height: i32, width: i32, pitch: i32, y: real): usize {
  const best = v128.splat<real>(y)
  const nan = v128.ne<real>(best, best)
  for (; height > 0; height--, corner += pitch) {
    const end = corner + (width << SHIFT)
    let at = corner
    for (; at + 16 <= end; at += 16) {
      const x = v128.load(at)
      const equal = v128.or(v128.eq<real>(x, best), v128.and(v128.ne<real>(x, x), nan))
      const won = LANES == 4 ? i32x4.bitmask(equal) : i64x2.bitmask(equal)
      if (won) return at + (ctz(won) << SHIFT)
    }
    for (; at < end; at += sizeof<real>()) {
      const x = load<real>(at)
      if (x == y || (x != x && y != y)) return at
    }
  }
  return corner
}
