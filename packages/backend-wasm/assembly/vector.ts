import { SQUARES_BLOCK } from './layout'
import { LINE, madd, SHIFT } from './lib/simd'

@unmanaged
class VectorScale {
  a: v128
  size: i32
  y: usize
}

@unmanaged
class VectorCopy {
  size: i32
  x: usize
  y: usize
}

@unmanaged
class VectorAddScaled {
  a: v128
  size: i32
  x: usize
  y: usize
}

@unmanaged
class VectorMultiply {
  size: i32
  x: usize
  m: usize
  y: usize
}

@unmanaged
class VectorSquares {
  size: i32
  x: usize
  partials: usize
}

@unmanaged
class VectorTotal {
  scale: f64
  count: i32
  terms: usize
  y: usize
}

/** y[i] = a. Units of 64 bytes. */
export function vectorFill(from: i32, to: i32, thread: i32, p: VectorScale): void {
  const end = p.y + min(to * LINE, p.size << SHIFT)
  const a = p.a
  for (let y = p.y + (from * LINE); y < end; y += 16) v128.store(y, a)
}

/** y[i] = x[i]. Units of 64 bytes. */
export function vectorCopy(from: i32, to: i32, thread: i32, p: VectorCopy): void {
  const start = from * LINE
  memory.copy(p.y + start, p.x + start, min(to * LINE, p.size << SHIFT) - start)
}

/** y[i] = a * y[i]. Units of 64 bytes. */
export function vectorScale(from: i32, to: i32, thread: i32, p: VectorScale): void {
  const end = p.y + min(to * LINE, p.size << SHIFT)
  const a = p.a
  for (let y = p.y + (from * LINE); y < end; y += 16) v128.store(y, v128.mul<real>(a, v128.load(y)))
}

/** y[i] = y[i] + a * x[i]. Units of 64 bytes. */
export function vectorAddScaled(from: i32, to: i32, thread: i32, p: VectorAddScaled): void {
  const end = min(to * LINE, p.size << SHIFT)
  const a = p.a
  for (let i = from * LINE; i < end; i += 16) v128.store(p.y + i, madd(a, v128.load(p.x + i), v128.load(p.y + i)))
}

/** y[i] = x[i] * m[i]. Units of 64 bytes. */
export function vectorMultiply(from: i32, to: i32, thread: i32, p: VectorMultiply): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16)
    v128.store(p.y + i, v128.mul<real>(v128.load(p.x + i), v128.load(p.m + i)))
}

/** partials[b] = sum_i x[i]^2 over block b, in double. Units of SQUARES_BLOCK elements. */
export function vectorSquares(from: i32, to: i32, thread: i32, p: VectorSquares): void {
  for (let b = from; b < to; b++) {
    const start = b * SQUARES_BLOCK
    const count = min(SQUARES_BLOCK, p.size - start)
    const half = (count >> 3) << 2
    const whole = 2 * half
    let x = p.x + (start << SHIFT)
    let far = x + (half << SHIFT)
    let s0 = f64x2.splat(0)
    let s1 = s0
    let s2 = s0
    let s3 = s0
    // Two streams: the processor fetches ahead of each, but not across pages.
    for (let i = 0; i < half; i += 4) {
      const x0 = pair(x)
      const x1 = pair(x + 2 * sizeof<real>())
      const x2 = pair(far)
      const x3 = pair(far + 2 * sizeof<real>())
      s0 = f64x2.add(s0, f64x2.mul(x0, x0))
      s1 = f64x2.add(s1, f64x2.mul(x1, x1))
      s2 = f64x2.add(s2, f64x2.mul(x2, x2))
      s3 = f64x2.add(s3, f64x2.mul(x3, x3))
      x += 4 * sizeof<real>()
      far += 4 * sizeof<real>()
    }
    x = far
    s0 = f64x2.add(f64x2.add(s0, s1), f64x2.add(s2, s3))
    let sum = f64x2.extract_lane(s0, 0) + f64x2.extract_lane(s0, 1)
    for (let i = whole; i < count; i++) {
      const value = <f64>load<real>(x)
      sum += value * value
      x += sizeof<real>()
    }
    store<f64>(p.partials + (b << 3), sum)
  }
}

/**
 * y[0] = scale * sum_i terms[i] for terms in double, none of them negative; what each addition rounds off is added at
 * the end. One unit.
 */
export function vectorTotal(from: i32, to: i32, thread: i32, p: VectorTotal): void {
  let sum: f64 = 0
  let lost: f64 = 0
  for (let i = 0; i < p.count; i++) {
    const term = load<f64>(p.terms + (i << 3))
    const next = sum + term
    // Fast two-sum, the larger first.
    lost += sum >= term ? sum - next + term : term - next + sum
    sum = next
  }
  // What is lost of an infinite sum is no number.
  store<real>(p.y, <real>(p.scale * (sum - sum == 0 ? sum + lost : sum)))
}

/** Two numbers of x, in double. */
@inline
function pair(x: usize): v128 {
  return sizeof<real>() == 4 ? f64x2.promote_low_f32x4(v128.load64_zero(x)) : v128.load(x)
}
