/** Numbers of type `real` in a vector: 4 or 2. */
@inline
export const LANES: i32 = <i32>(16 / sizeof<real>())

/** Bytes of a cache line: what elementwise kernels do a unit of, so that no two threads write to one. */
@inline
export const LINE: i32 = 64

/** log2 of a number's size in bytes: 2 or 3. */
@inline
export const SHIFT: i32 = <i32>alignof<real>()

/** a * b + c, with one rounding where the module is compiled for relaxed SIMD, else with two. */
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return v128.relaxed_madd<real>(a, b, c)
  return v128.add<real>(v128.mul<real>(a, b), c)
}

/** x where not x <= 0, else 0: a NaN stays, -0 becomes 0. */
@inline
export function rectified(x: v128): v128 {
  return v128.andnot(x, v128.le<real>(x, v128.splat<real>(0)))
}
