import { loadPart, storePart } from '../lib/lanes'
import { madd, SHIFT } from '../lib/simd'
import { GroupNormForward } from './call'

/** y = gamma * (x - mean) * scale + beta, `count` numbers from byte `start` of x and byte c of gamma on. */
export function normalizeVector(p: GroupNormForward, start: i32, c: i32, count: i32, mean: v128, scale: v128): void {
  const x = p.x + start
  const y = p.y + start
  const gamma = p.gamma + c
  const beta = p.beta + c
  const bytes = count << SHIFT
  let i = 0
  for (; i <= bytes - 16; i += 16) {
    const xhat = v128.mul<real>(v128.sub<real>(v128.load(x + i), mean), scale)
    v128.store(y + i, madd(xhat, v128.load(gamma + i), v128.load(beta + i)))
  }
  if (i < bytes) {
    const rest = (bytes - i) >> SHIFT
    const xhat = v128.mul<real>(v128.sub<real>(loadPart(x + i, rest), mean), scale)
    storePart(y + i, madd(xhat, loadPart(gamma + i, rest), loadPart(beta + i, rest)), rest)
  }
}
