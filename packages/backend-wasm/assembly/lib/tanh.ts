import { expm1 } from './exp'

/**
 * tanh(a), off by at most 8 unit roundoffs, near 0 too. NaN stays.
 *
 * With t = exp(-2 |a|) - 1 it is -t / (2 + t) and the sign of a. Beyond 20 it rounds to 1.
 */
@inline
export function tanh(a: v128): v128 {
  const size = v128.abs<real>(a)
  const z = v128.mul<real>(size, v128.splat<real>(<real>-2))
  const t = expm1(v128.max<real>(z, v128.splat<real>(<real>-40)))
  const magnitude = v128.div<real>(v128.abs<real>(t), v128.add<real>(t, v128.splat<real>(<real>2)))
  return v128.or(magnitude, v128.xor(a, size))
}
