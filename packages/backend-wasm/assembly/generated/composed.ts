// Made from the compositions of @convkit/api by `npm run build`; do not edit.
import { exp } from '../lib/exp'
import { log1p } from '../lib/log1p'
import { LINE, SHIFT } from '../lib/simd'
import { flushed } from '../lib/subnormal'
import { tanh } from '../lib/tanh'

@unmanaged
class GeluForward {
  size: i32
  x: usize
  y: usize
}

@unmanaged
class GeluBackward {
  size: i32
  dy: usize
  x: usize
  dx: usize
}

@unmanaged
class SiluForward {
  size: i32
  x: usize
  y: usize
}

@unmanaged
class SiluBackward {
  size: i32
  dy: usize
  x: usize
  dx: usize
}

@unmanaged
class SigmoidForward {
  size: i32
  x: usize
  y: usize
}

@unmanaged
class SigmoidBackward {
  size: i32
  dy: usize
  x: usize
  dx: usize
}

@unmanaged
class TanhForward {
  size: i32
  x: usize
  y: usize
}

@unmanaged
class TanhBackward {
  size: i32
  dy: usize
  x: usize
  dx: usize
}

@unmanaged
class LeakyReluForward {
  slope: v128
  size: i32
  x: usize
  y: usize
}

@unmanaged
class LeakyReluBackward {
  slope: v128
  size: i32
  dy: usize
  x: usize
  dx: usize
}

@unmanaged
class MeanSquaredErrorForward {
  scale: v128
  size: i32
  x: usize
  t: usize
  terms: usize
}

@unmanaged
class MeanSquaredErrorBackward {
  scale: v128
  size: i32
  x: usize
  t: usize
  dx: usize
}

@unmanaged
class BinaryCrossEntropyWithLogitsForward {
  scale: v128
  size: i32
  x: usize
  t: usize
  terms: usize
}

@unmanaged
class BinaryCrossEntropyWithLogitsBackward {
  scale: v128
  size: i32
  x: usize
  t: usize
  dx: usize
}

@unmanaged
class NesterovUpdate {
  learningRate: v128
  momentum: v128
  weightDecay: v128
  size: i32
  g: usize
  v: usize
  w: usize
}

/** gelu.forward. Units of 64 bytes. */
export function geluForward(from: i32, to: i32, thread: i32, p: GeluForward): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t0 = v128.splat<real>(<real>(1.5957691216057308))
    const t1 = v128.splat<real>(<real>(0.07135481627260025))
    const t2 = v128.mul<real>(x, x)
    const t3 = v128.mul<real>(t1, t2)
    const t4 = v128.add<real>(t0, t3)
    const t5 = v128.mul<real>(x, t4)
    const t6 = exp(v128.neg<real>(v128.abs<real>(t5)))
    const t7 = v128.splat<real>(<real>(0))
    const t8 = v128.splat<real>(<real>(1))
    const t9 = v128.bitselect(t6, t8, v128.lt<real>(t5, t7))
    const t10 = v128.add<real>(t8, t6)
    const t11 = v128.div<real>(t9, t10)
    const t12 = v128.mul<real>(x, t11)
    v128.store(p.y + i, t12)
  }
}

/** gelu.backward. Units of 64 bytes. */
export function geluBackward(from: i32, to: i32, thread: i32, p: GeluBackward): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16) {
    const dy = v128.load(p.dy + i)
    const x = v128.load(p.x + i)
    const t0 = v128.splat<real>(<real>(1))
    const t1 = v128.splat<real>(<real>(1.5957691216057308))
    const t2 = v128.splat<real>(<real>(0.07135481627260025))
    const t3 = v128.mul<real>(x, x)
    const t4 = v128.add<real>(x, x)
    const t5 = v128.mul<real>(t2, t3)
    const t6 = v128.mul<real>(t2, t4)
    const t7 = v128.add<real>(t1, t5)
    const t8 = v128.mul<real>(x, t7)
    const t9 = v128.mul<real>(x, t6)
    const t10 = v128.add<real>(t7, t9)
    const t11 = exp(v128.neg<real>(v128.abs<real>(t8)))
    const t12 = v128.splat<real>(<real>(0))
    const t13 = v128.bitselect(t11, t0, v128.lt<real>(t8, t12))
    const t14 = v128.add<real>(t0, t11)
    const t15 = v128.div<real>(t13, t14)
    const t16 = v128.sub<real>(t12, t8)
    const t17 = v128.bitselect(t11, t0, v128.lt<real>(t16, t12))
    const t18 = v128.div<real>(t17, t14)
    const t19 = v128.mul<real>(t15, t18)
    const t20 = v128.mul<real>(t19, t10)
    const t21 = v128.mul<real>(x, t15)
    const t22 = v128.mul<real>(x, t20)
    const t23 = v128.add<real>(t15, t22)
    const t24 = v128.mul<real>(dy, t23)
    v128.store(p.dx + i, t24)
  }
}

/** silu.forward. Units of 64 bytes. */
export function siluForward(from: i32, to: i32, thread: i32, p: SiluForward): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t0 = exp(v128.neg<real>(v128.abs<real>(x)))
    const t1 = v128.splat<real>(<real>(0))
    const t2 = v128.splat<real>(<real>(1))
    const t3 = v128.bitselect(t0, t2, v128.lt<real>(x, t1))
    const t4 = v128.add<real>(t2, t0)
    const t5 = v128.div<real>(t3, t4)
    const t6 = v128.mul<real>(x, t5)
    v128.store(p.y + i, t6)
  }
}

/** silu.backward. Units of 64 bytes. */
export function siluBackward(from: i32, to: i32, thread: i32, p: SiluBackward): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16) {
    const dy = v128.load(p.dy + i)
    const x = v128.load(p.x + i)
    const t0 = v128.splat<real>(<real>(1))
    const t1 = exp(v128.neg<real>(v128.abs<real>(x)))
    const t2 = v128.splat<real>(<real>(0))
    const t3 = v128.bitselect(t1, t0, v128.lt<real>(x, t2))
    const t4 = v128.add<real>(t0, t1)
    const t5 = v128.div<real>(t3, t4)
    const t6 = v128.sub<real>(t2, x)
    const t7 = v128.bitselect(t1, t0, v128.lt<real>(t6, t2))
    const t8 = v128.div<real>(t7, t4)
    const t9 = v128.mul<real>(t5, t8)
    const t10 = v128.mul<real>(x, t5)
    const t11 = v128.mul<real>(x, t9)
    const t12 = v128.add<real>(t5, t11)
    const t13 = v128.mul<real>(dy, t12)
    v128.store(p.dx + i, t13)
  }
}

/** sigmoid.forward. Units of 64 bytes. */
export function sigmoidForward(from: i32, to: i32, thread: i32, p: SigmoidForward): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t0 = exp(v128.neg<real>(v128.abs<real>(x)))
    const t1 = v128.splat<real>(<real>(0))
    const t2 = v128.splat<real>(<real>(1))
    const t3 = v128.bitselect(t0, t2, v128.lt<real>(x, t1))
    const t4 = v128.add<real>(t2, t0)
    const t5 = v128.div<real>(t3, t4)
    v128.store(p.y + i, t5)
  }
}

/** sigmoid.backward. Units of 64 bytes. */
export function sigmoidBackward(from: i32, to: i32, thread: i32, p: SigmoidBackward): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16) {
    const dy = v128.load(p.dy + i)
    const x = v128.load(p.x + i)
    const t0 = v128.splat<real>(<real>(1))
    const t1 = exp(v128.neg<real>(v128.abs<real>(x)))
    const t2 = v128.splat<real>(<real>(0))
    const t3 = v128.bitselect(t1, t0, v128.lt<real>(x, t2))
    const t4 = v128.add<real>(t0, t1)
    const t5 = v128.div<real>(t3, t4)
    const t6 = v128.sub<real>(t2, x)
    const t7 = v128.bitselect(t1, t0, v128.lt<real>(t6, t2))
    const t8 = v128.div<real>(t7, t4)
    const t9 = v128.mul<real>(t5, t8)
    const t10 = v128.mul<real>(dy, t9)
    v128.store(p.dx + i, t10)
  }
}

/** tanh.forward. Units of 64 bytes. */
export function tanhForward(from: i32, to: i32, thread: i32, p: TanhForward): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t0 = tanh(x)
    v128.store(p.y + i, t0)
  }
}

/** tanh.backward. Units of 64 bytes. */
export function tanhBackward(from: i32, to: i32, thread: i32, p: TanhBackward): void {
  const end = min(to * LINE, p.size << SHIFT)
  for (let i = from * LINE; i < end; i += 16) {
    const dy = v128.load(p.dy + i)
    const x = v128.load(p.x + i)
    const t0 = v128.splat<real>(<real>(1))
    const t1 = v128.add<real>(x, x)
    const t2 = tanh(x)
    const t3 = v128.splat<real>(<real>(4))
    const t4 = exp(v128.neg<real>(v128.abs<real>(t1)))
    const t5 = v128.splat<real>(<real>(0))
    const t6 = v128.bitselect(t4, t0, v128.lt<real>(t1, t5))
    const t7 = v128.add<real>(t0, t4)
    const t8 = v128.div<real>(t6, t7)
    const t9 = v128.sub<real>(t5, t1)
    const t10 = v128.bitselect(t4, t0, v128.lt<real>(t9, t5))
    const t11 = v128.div<real>(t10, t7)
    const t12 = v128.mul<real>(t8, t11)
    const t13 = v128.mul<real>(t3, t12)
    const t14 = v128.mul<real>(dy, t13)
    v128.store(p.dx + i, t14)
  }
}

/** leakyRelu.forward. Units of 64 bytes. */
export function leakyReluForward(from: i32, to: i32, thread: i32, p: LeakyReluForward): void {
  const end = min(to * LINE, p.size << SHIFT)
  const slope = p.slope
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t0 = v128.mul<real>(slope, x)
    const t1 = v128.splat<real>(<real>(0))
    const t2 = v128.bitselect(t0, x, v128.le<real>(x, t1))
    const t3 = v128.bitselect(x, t2, v128.gt<real>(x, t1))
    v128.store(p.y + i, t3)
  }
}

/** leakyRelu.backward. Units of 64 bytes. */
export function leakyReluBackward(from: i32, to: i32, thread: i32, p: LeakyReluBackward): void {
  const end = min(to * LINE, p.size << SHIFT)
  const slope = p.slope
  for (let i = from * LINE; i < end; i += 16) {
    const dy = v128.load(p.dy + i)
    const x = v128.load(p.x + i)
    const t0 = v128.splat<real>(<real>(1))
    const t1 = v128.mul<real>(slope, x)
    const t2 = v128.splat<real>(<real>(0))
    const t3 = v128.bitselect(t1, x, v128.le<real>(x, t2))
    const t4 = v128.bitselect(x, t3, v128.gt<real>(x, t2))
    const t5 = v128.bitselect(slope, x, v128.le<real>(x, t2))
    const t6 = v128.bitselect(t0, t5, v128.gt<real>(x, t2))
    const t7 = v128.mul<real>(dy, t6)
    v128.store(p.dx + i, t7)
  }
}

/** meanSquaredError.forward. Units of 64 bytes. */
export function meanSquaredErrorForward(from: i32, to: i32, thread: i32, p: MeanSquaredErrorForward): void {
  const end = min(to * LINE, p.size << SHIFT)
  const scale = p.scale
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t = v128.load(p.t + i)
    const t0 = v128.sub<real>(x, t)
    const t1 = v128.mul<real>(t0, t0)
    const t2 = v128.mul<real>(scale, t1)
    v128.store(p.terms + i, t2)
  }
}

/** meanSquaredError.backward. Units of 64 bytes. */
export function meanSquaredErrorBackward(from: i32, to: i32, thread: i32, p: MeanSquaredErrorBackward): void {
  const end = min(to * LINE, p.size << SHIFT)
  const scale = p.scale
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t = v128.load(p.t + i)
    const t0 = v128.splat<real>(<real>(1))
    const t1 = v128.sub<real>(x, t)
    const t2 = v128.mul<real>(t1, t1)
    const t3 = v128.add<real>(t1, t1)
    const t4 = v128.mul<real>(scale, t3)
    v128.store(p.dx + i, t4)
  }
}

/** binaryCrossEntropyWithLogits.forward. Units of 64 bytes. */
export function binaryCrossEntropyWithLogitsForward(from: i32, to: i32, thread: i32, p: BinaryCrossEntropyWithLogitsForward): void {
  const end = min(to * LINE, p.size << SHIFT)
  const scale = p.scale
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t = v128.load(p.t + i)
    const t0 = v128.splat<real>(<real>(0))
    const t1 = v128.max<real>(x, t0)
    const t2 = exp(v128.neg<real>(v128.abs<real>(x)))
    const t3 = log1p(t2)
    const t4 = v128.add<real>(t1, t3)
    const t5 = v128.mul<real>(t, x)
    const t6 = v128.sub<real>(t4, t5)
    const t7 = v128.mul<real>(scale, t6)
    v128.store(p.terms + i, t7)
  }
}

/** binaryCrossEntropyWithLogits.backward. Units of 64 bytes. */
export function binaryCrossEntropyWithLogitsBackward(from: i32, to: i32, thread: i32, p: BinaryCrossEntropyWithLogitsBackward): void {
  const end = min(to * LINE, p.size << SHIFT)
  const scale = p.scale
  for (let i = from * LINE; i < end; i += 16) {
    const x = v128.load(p.x + i)
    const t = v128.load(p.t + i)
    const t0 = v128.splat<real>(<real>(1))
    const t1 = v128.splat<real>(<real>(0))
    const t2 = v128.max<real>(x, t1)
    const t3 = exp(v128.neg<real>(v128.abs<real>(x)))
    const t4 = log1p(t3)
    const t5 = v128.add<real>(t2, t4)
    const t6 = v128.bitselect(t3, t0, v128.lt<real>(x, t1))
    const t7 = v128.add<real>(t0, t3)
    const t8 = v128.div<real>(t6, t7)
    const t9 = v128.mul<real>(t, x)
    const t10 = v128.sub<real>(t5, t9)
    const t11 = v128.sub<real>(t8, t)
    const t12 = v128.mul<real>(scale, t11)
    v128.store(p.dx + i, t12)
  }
}

/** nesterov.update. Units of 64 bytes. */
export function nesterovUpdate(from: i32, to: i32, thread: i32, p: NesterovUpdate): void {
  const end = min(to * LINE, p.size << SHIFT)
  const learningRate = p.learningRate
  const momentum = p.momentum
  const weightDecay = p.weightDecay
  for (let i = from * LINE; i < end; i += 16) {
    const g = v128.load(p.g + i)
    const v = v128.load(p.v + i)
    const w = v128.load(p.w + i)
    const t0 = v128.mul<real>(momentum, v)
    const t1 = v128.add<real>(t0, g)
    const t2 = v128.mul<real>(learningRate, weightDecay)
    const t3 = v128.mul<real>(t2, w)
    const t4 = v128.sub<real>(w, t3)
    const t5 = v128.mul<real>(momentum, t1)
    const t6 = v128.add<real>(g, t5)
    const t7 = v128.mul<real>(learningRate, t6)
    const t8 = v128.sub<real>(t4, t7)
    v128.store(p.v + i, flushed(t1))
    v128.store(p.w + i, t8)
  }
}
