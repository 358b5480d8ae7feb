import { LINE, madd, SHIFT } from './lib/simd'
import { flushed, flushedBelow } from './lib/subnormal'

@unmanaged
class RmspropUpdate {
  rate: v128
  decay: v128
  /** sqrt(1 - decay) */
  share: v128
  epsilon: v128
  /** Gradients below it add nothing to v. */
  limit: v128
  size: i32
  g: usize
  v: usize
  w: usize
}

/**
 * v[i] = decay * v[i] + (share * g[i])^2; w[i] = w[i] - g[i] * (rate / (sqrt(v[i]) + epsilon)). Units of 64 bytes. The
 * quotient first: rate * g[i] would be subnormal long before g[i] is.
 */
export function rmspropUpdate(from: i32, to: i32, thread: i32, p: RmspropUpdate): void {
  const end = min(to * LINE, p.size << SHIFT)
  const rate = p.rate
  const decay = p.decay
  const share = p.share
  const limit = p.limit
  const epsilon = p.epsilon
  for (let i = from * LINE; i < end; i += 16) {
    const g = v128.load(p.g + i)
    const part = v128.mul<real>(share, flushedBelow(g, limit))
    const v = flushed(madd(decay, v128.load(p.v + i), v128.mul<real>(part, part)))
    v128.store(p.v + i, v)
    const step = v128.mul<real>(g, v128.div<real>(rate, v128.add<real>(v128.sqrt<real>(v), epsilon)))
    v128.store(p.w + i, v128.sub<real>(v128.load(p.w + i), step))
  }
}
