// WebAssembly cannot flush subnormal numbers, and arithmetic on them is several times slower.

/** x, or 0 where |x| is below the smallest normal number; a NaN stays. */
@inline
export function flushed(x: v128): v128 {
  return flushedBelow(x, v128.splat<real>(<real>(sizeof<real>() == 4 ? 1.1754943508222875e-38 : 2.2250738585072014e-308)))
}

/** x, or 0 where |x| < limit; a NaN stays. */
@inline
export function flushedBelow(x: v128, limit: v128): v128 {
  return v128.andnot(x, v128.lt<real>(v128.abs<real>(x), limit))
}
