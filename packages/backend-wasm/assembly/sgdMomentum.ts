import { LINE, madd, SHIFT } from './lib/simd'
import { flushed, flushedBelow } from './lib/subnormal'

@unmanaged
class SgdMomentumUpdate {
  /** -learningRate */
  rate: v128
  momentum: v128
  /** Gradients below it add nothing to v. */
  limit: v128
  size: i32
  g: usize
  v: usize
  w: usize
}

/** v[i] = momentum * v[i] + rate * g[i]; w[i] = w[i] + v[i]. Units of 64 bytes. */
export function sgdMomentumUpdate(from: i32, to: i32, thread: i32, p: SgdMomentumUpdate): void {
  const end = min(to * LINE, p.size << SHIFT)
  const rate = p.rate
  const momentum = p.momentum
  const limit = p.limit
  for (let i = from * LINE; i < end; i += 16) {
    const added = v128.mul<real>(rate, flushedBelow(v128.load(p.g + i), limit))
    const v = flushed(madd(momentum, v128.load(p.v + i), added))
    v128.store(p.v + i, v)
    v128.store(p.w + i, v128.add<real>(v128.load(p.w + i), v))
  }
}
