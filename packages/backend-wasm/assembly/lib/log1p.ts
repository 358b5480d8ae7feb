import { madd } from './simd'

/**
 * log(1 + e) for e in [0, 1], off by at most 4 unit roundoffs (docs/numerics.md), also where e is small. NaN stays.
 *
 * It is 2 artanh(s) for s = e / (2 + e) <= 1/3: 2 s (1 + s^2 / 3 + s^4 / 5 + ...), cut where the rest is below a third of a
 * unit roundoff.
 */
@inline
export function log1p(e: v128): v128 {
  const s = v128.div<real>(e, v128.add<real>(v128.splat<real>(2), e))
  const square = v128.mul<real>(s, s)
  let p: v128
  if (sizeof<real>() == 4) {
    p = v128.splat<real>(<real>(1.0 / 13))
  } else {
    p = v128.splat<real>(<real>(1.0 / 31))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 29)))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 27)))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 25)))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 23)))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 21)))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 19)))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 17)))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 15)))
    p = madd(p, square, v128.splat<real>(<real>(1.0 / 13)))
  }
  p = madd(p, square, v128.splat<real>(<real>(1.0 / 11)))
  p = madd(p, square, v128.splat<real>(<real>(1.0 / 9)))
  p = madd(p, square, v128.splat<real>(<real>(1.0 / 7)))
  p = madd(p, square, v128.splat<real>(<real>(1.0 / 5)))
  p = madd(p, square, v128.splat<real>(<real>(1.0 / 3)))
  const twice = v128.add<real>(s, s)
  return madd(v128.mul<real>(p, square), twice, twice)
}
