import { LINE, madd, SHIFT } from './lib/simd'
import { flushed, flushedBelow } from './lib/subnormal'

@unmanaged
class AdamUpdate {
  /** learningRate / (1 - beta1^step) */
  rate: v128
  beta1: v128
  /** 1 - beta1 */
  share1: v128
  beta2: v128
  /** sqrt(1 - beta2) */
  share2: v128
  /** 1 / sqrt(1 - beta2^step) */
  root: v128
  epsilon: v128
  /** 1 - learningRate * weightDecay */
  kept: v128
  /** Gradients below these add nothing to m and v. */
  limit1: v128
  limit2: v128
  size: i32
  g: usize
  m: usize
  v: usize
  w: usize
}

/**
 * m[i] = beta1 * m[i] + share1 * g[i]; v[i] = beta2 * v[i] + (share2 * g[i])^2;
 * w[i] = kept * w[i] - m[i] * (rate / (root * sqrt(v[i]) + epsilon)). Units of 64 bytes. The quotient first: rate * m[i] would
 * be subnormal long before m[i] is.
 */
export function adamUpdate(from: i32, to: i32, thread: i32, p: AdamUpdate): void {
  const end = min(to * LINE, p.size << SHIFT)
  const rate = p.rate
  const beta1 = p.beta1
  const share1 = p.share1
  const beta2 = p.beta2
  const share2 = p.share2
  const root = p.root
  const epsilon = p.epsilon
  const kept = p.kept
  const limit1 = p.limit1
  const limit2 = p.limit2
  for (let i = from * LINE; i < end; i += 16) {
    const g = v128.load(p.g + i)
    const added = v128.mul<real>(share1, flushedBelow(g, limit1))
    const part = v128.mul<real>(share2, flushedBelow(g, limit2))
    const m = flushed(madd(beta1, v128.load(p.m + i), added))
    const v = flushed(madd(beta2, v128.load(p.v + i), v128.mul<real>(part, part)))
    v128.store(p.m + i, m)
    v128.store(p.v + i, v)
    const step = v128.mul<real>(m, v128.div<real>(rate, madd(root, v128.sqrt<real>(v), epsilon)))
    v128.store(p.w + i, v128.sub<real>(v128.mul<real>(kept, v128.load(p.w + i)), step))
  }
}
