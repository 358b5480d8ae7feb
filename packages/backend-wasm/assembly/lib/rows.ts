import { loadPart, storePart } from './lanes'
import { madd, SHIFT } from './simd'

/** A number of type `real` in all lanes. */
@inline
export function splatOf(value: f64): v128 {
  return v128.splat<real>(<real>value)
}

/** The number at index i, in double. */
@inline
export function numberAt(at: usize, i: i32): f64 {
  return <f64>load<real>(at + (i << SHIFT))
}

/** y = (x - mean) * scale + shift, `count` numbers. */
export function normalizeRow(x: usize, y: usize, count: i32, mean: v128, scale: v128, shift: v128): void {
  const xFromY = x - y
  const end = y + (count << SHIFT)
  for (; y + 32 <= end; y += 32) {
    const x0 = v128.load(y + xFromY)
    const x1 = v128.load(y + xFromY, 16)
    v128.store(y, madd(v128.sub<real>(x0, mean), scale, shift))
    v128.store(y, madd(v128.sub<real>(x1, mean), scale, shift), 16)
  }
  if (y + 16 <= end) {
    v128.store(y, madd(v128.sub<real>(v128.load(y + xFromY), mean), scale, shift))
    y += 16
  }
  if (y < end) {
    const rest = <i32>(end - y) >> SHIFT
    storePart(y, madd(v128.sub<real>(loadPart(y + xFromY, rest), mean), scale, shift), rest)
  }
}

/** dx = gain * dy + xhat * pull + push, xhat = (x - mean) * scale, `count` numbers. */
export function gradientRow(
  dy: usize,
  x: usize,
  dx: usize,
  count: i32,
  mean: v128,
  scale: v128,
  gain: v128,
  pull: v128,
  push: v128,
): void {
  const xFromDx = x - dx
  const dyFromDx = dy - dx
  const end = dx + (count << SHIFT)
  for (; dx + 16 <= end; dx += 16) {
    const xhat = v128.mul<real>(v128.sub<real>(v128.load(dx + xFromDx), mean), scale)
    v128.store(dx, madd(gain, v128.load(dx + dyFromDx), madd(xhat, pull, push)))
  }
  if (dx < end) {
    const rest = <i32>(end - dx) >> SHIFT
    const xhat = v128.mul<real>(v128.sub<real>(loadPart(dx + xFromDx, rest), mean), scale)
    storePart(dx, madd(gain, loadPart(dx + dyFromDx, rest), madd(xhat, pull, push)), rest)
  }
}
