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
  const shifted = shiftedPower(z)
  const r = remainder(z, shifted)
  const p = madd(series(r), r, v128.splat<real>(<real>1))
  // 2^(n + 64), then 2^-64: the last product alone rounds, and only where the result is subnormal.
  return v128.andnot(v128.mul<real>(v128.mul<real>(p, power(shifted)), v128.splat<real>(scale())), vanishes)
}

/** exp(z) - 1 for -40 <= z <= 0, off by at most 5 unit roundoffs, near 0 too: 2^n (exp(r) - 1) + (2^n - 1). NaN stays. */
@inline
export function expm1(z: v128): v128 {
  const shifted = shiftedPower(z)
  const r = remainder(z, shifted)
  const whole = v128.mul<real>(power(shifted), v128.splat<real>(scale()))
  return madd(whole, v128.mul<real>(series(r), r), v128.sub<real>(whole, v128.splat<real>(<real>1)))
}

/** A sum with it leaves n in the lowest bits; the rest there is the bias of exponents, and 64 or 128 for later. */
@inline
function shifter(): v128 {
  return v128.splat<real>(<real>(sizeof<real>() == 4 ? 12582912 + 127 + 64 : 6755399441055744 + 1023 + 128))
}

@inline
function shiftedPower(z: v128): v128 {
  return madd(z, v128.splat<real>(<real>1.4426950408889634), shifter())
}

/** 2^(n + 64), or 2^(n + 128). */
@inline
function power(shifted: v128): v128 {
  return sizeof<real>() == 4 ? v128.shl<i32>(shifted, 23) : v128.shl<i64>(shifted, 52)
}

@inline
function scale(): real {
  return <real>(sizeof<real>() == 4 ? 5.421010862427522e-20 : 2.938735877055719e-39)
}

/** r */
@inline
function remainder(z: v128, shifted: v128): v128 {
  const single = sizeof<real>() == 4
  const n = v128.sub<real>(shifted, shifter())
  // log(2) in two parts; the first has so few bits that n times it, and what that leaves of z, is exact.
  const r = madd(n, v128.splat<real>(<real>(single ? -0.693359375 : -0.6931471803691238)), z)
  return madd(n, v128.splat<real>(<real>(single ? 2.1219444005469057e-4 : -1.9082149292705877e-10)), r)
}

/** (exp(r) - 1) / r */
@inline
function series(r: v128): v128 {
  let p: v128
  if (sizeof<real>() == 4) {
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
  return madd(p, r, v128.splat<real>(<real>1))
}
