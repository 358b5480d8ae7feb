// WebAssembly cannot flush subnormal numbers, and arithmetic on them is many times slower.

/** The smallest normal number in every lane. */
@inline
export function least(): v128 {
  return v128.splat<real>(<real>(sizeof<real>() == 4 ? 1.1754943508222875e-38 : 2.2250738585072014e-308))
}

/** Its square root: whatever is smaller has a square that is no normal number. */
@inline
export function rootOfLeast(): v128 {
  return v128.splat<real>(<real>(sizeof<real>() == 4 ? 1.0842021724855044e-19 : 1.4916681462400413e-154))
}

/** x, or 0 where |x| < limit; a NaN stays. */
@inline
export function flushed(x: v128, limit: v128): v128 {
  return v128.andnot(x, v128.lt<real>(v128.abs<real>(x), limit))
}
