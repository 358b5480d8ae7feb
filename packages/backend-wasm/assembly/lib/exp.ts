import { madd } from './simd'

/**
 * exp(z) for z <= 0, off by at most 3 unit roundoffs (docs/numerics.md); below the smallest number it is 0. NaN stays.
 *
 * z = n * log(2) + r with n whole and |r| <= log(2) / 2, so exp(z) = 2^n * exp(r), and exp(r) is Taylor's polynomial.
 */
@inline
export function exp(z: v128): v128 {
  const single = sizeof<real>() == 4
  // Down there exp(z) rounds to 0. Said beforehand, since products that underflow take many times as long.
  const vanishes = v128.lt<real>(z, v128.splat<real>(<real>(single ? -104 : -746)))
  z = v128.andnot(z, vanishes)
  // A sum with it leaves n in the lowest bits; the rest there is the bias of exponents, and 64 or 128 for later.
  const shifter = v128.splat<real>(<real>(single ? 12582912 + 127 + 64 : 6755399441055744 + 1023 + 128))
  const shifted = madd(z, v128.splat<real>(<real>1.4426950408889634), shifter)
  const n = v128.sub<real>(shifted, shifter)
  // log(2) in two parts; the first has so few bits that n times it, and what that leaves of z, is exact.
  let r = madd(n, v128.splat<real>(<real>(single ? -0.693359375 : -0.6931471803691238)), z)
  r = madd(n, v128.splat<real>(<real>(single ? 2.1219444005469057e-4 : -1.9082149292705877e-10)), r)
  let p: v128
  if (single) {
    p = v128.splat<real>(<real>(1.0 / 5040))
  } else {
    p = v128.splat<real>(<real>(1.0 / 6227020800))
    p = madd(p, r, v128.splat<real>(<real>(1.0 / 479001600)))
    p = madd(p, r, v128.splat<real>(<real>(1.0 / 39916800)))
    p = madd(p, r, v128.splat<real>(<real>(1.0 / 3628800)))
    p = madd(p, r, v128.splat<real>(<real>(1.0 / 362880)))
    p = madd(p, r, v128.splat<real>(<real>(1.0 / 40320)))
    p = madd(p, r, v128.splat<real>(<real>(1.0 / 5040)))
  }
  p = madd(p, r, v128.splat<real>(<real>(1.0 / 720)))
  p = madd(p, r, v128.splat<real>(<real>(1.0 / 120)))
  p = madd(p, r, v128.splat<real>(<real>(1.0 / 24)))
  p = madd(p, r, v128.splat<real>(<real>(1.0 / 6)))
  p = madd(p, r, v128.splat<real>(<real>0.5))
  p = madd(p, r, v128.splat<real>(<real>1))
  p = madd(p, r, v128.splat<real>(<real>1))
  // 2^(n + 64), then 2^-64: the last product alone rounds, and only where the result is subnormal.
  const power = single ? v128.shl<i32>(shifted, 23) : v128.shl<i64>(shifted, 52)
  const scale = v128.splat<real>(<real>(single ? 5.421010862427522e-20 : 2.938735877055719e-39))
  return v128.andnot(v128.mul<real>(v128.mul<real>(p, power), scale), vanishes)
}
