import { LANES, SHIFT } from '../lib/simd'
import { MR } from '../lib/tile'
import { PRODUCTS } from './winogradTiles'

@unmanaged
class WinogradWeights {
  groupC: i32
  groupF: i32
  /** Numbers from one filter, channel and tap to the next; the first tap of the first. */
  filterStep: i32
  channelStep: i32
  tapStep: i32
  firstTap: i32
  w: usize
  to: usize
  /** Bias, or 0, and MR a panel. */
  b: usize
  biasTo: usize
}

/**
 * to[g][k][panel][c][r] = (G w G^T)[k] for filter MR panel + r of group g, k < PRODUCTS, and biasTo likewise. Behind the last
 * filter it is repeated. A unit is a panel of MR filters.
 */
export function conv2dWinogradWeights(from: i32, to: i32, thread: i32, p: WinogradWeights): void {
  const c = p.groupC
  const panels = (p.groupF + MR - 1) / MR
  const step = <usize>((panels * c * MR) << SHIFT)
  for (let unit = from; unit < to; unit++) {
    const g = unit / panels
    const panel = unit - g * panels
    const group = p.w + ((g * p.groupF * c * 9 + p.firstTap) << SHIFT)
    let target = p.to + (g * PRODUCTS) * step + ((panel * c * MR) << SHIFT)
    for (let r = 0; r < MR; r++) {
      const f = min(panel * MR + r, p.groupF - 1)
      const bias: real = p.b ? load<real>(p.b + ((g * p.groupF + f) << SHIFT)) : 0
      store<real>(p.biasTo + ((unit * MR + r) << SHIFT), bias)
    }
    for (let r = 0; r < MR; r += LANES) {
      const f0 = group + ((min(panel * MR + r, p.groupF - 1) * p.filterStep) << SHIFT)
      const f1 = group + ((min(panel * MR + r + 1, p.groupF - 1) * p.filterStep) << SHIFT)
      const f2 = group + ((min(panel * MR + r + 2, p.groupF - 1) * p.filterStep) << SHIFT)
      const f3 = group + ((min(panel * MR + r + 3, p.groupF - 1) * p.filterStep) << SHIFT)
      for (let channel = 0; channel < c; channel++) {
        const at = (channel * p.channelStep) << SHIFT
        transform(f0 + at, f1 + at, f2 + at, f3 + at, p.tapStep << SHIFT, target + ((channel * MR) << SHIFT), step)
      }
      target += 16
    }
  }
}

/** One tap of a vector of filters. */
@inline
function tap(f0: usize, f1: usize, f2: usize, f3: usize, at: usize): v128 {
  let v = v128.load_lane<real>(f1 + at, v128.load_zero<real>(f0 + at), 1)
  if (LANES == 4) {
    v = v128.load_lane<real>(f2 + at, v, 2)
    v = v128.load_lane<real>(f3 + at, v, 3)
  }
  return v
}

/** G w G^T of a vector of filters. */
function transform(f0: usize, f1: usize, f2: usize, f3: usize, tapStep: usize, to: usize, step: usize): void {
  const half = v128.splat<real>(0.5)
  // Rows of G w: w0, (w0 + w1 + w2) / 2, (w0 - w1 + w2) / 2, w2.
  const a0 = tap(f0, f1, f2, f3, 0)
  const a1 = tap(f0, f1, f2, f3, tapStep)
  const a2 = tap(f0, f1, f2, f3, 2 * tapStep)
  const b0 = tap(f0, f1, f2, f3, 3 * tapStep)
  const b1 = tap(f0, f1, f2, f3, 4 * tapStep)
  const b2 = tap(f0, f1, f2, f3, 5 * tapStep)
  const c0 = tap(f0, f1, f2, f3, 6 * tapStep)
  const c1 = tap(f0, f1, f2, f3, 7 * tapStep)
  const c2 = tap(f0, f1, f2, f3, 8 * tapStep)
  oneRow(a0, a1, a2, to, step)
  const s0 = v128.add<real>(a0, c0)
  const s1 = v128.add<real>(a1, c1)
  const s2 = v128.add<real>(a2, c2)
  oneRow(
    v128.mul<real>(half, v128.add<real>(s0, b0)),
    v128.mul<real>(half, v128.add<real>(s1, b1)),
    v128.mul<real>(half, v128.add<real>(s2, b2)),
    to + 4 * step,
    step,
  )
  oneRow(
    v128.mul<real>(half, v128.sub<real>(s0, b0)),
    v128.mul<real>(half, v128.sub<real>(s1, b1)),
    v128.mul<real>(half, v128.sub<real>(s2, b2)),
    to + 8 * step,
    step,
  )
  oneRow(c0, c1, c2, to + 12 * step, step)
}

/** A row of G w, times G^T. */
@inline
function oneRow(a: v128, b: v128, c: v128, to: usize, step: usize): void {
  const half = v128.splat<real>(0.5)
  const s = v128.add<real>(a, c)
  v128.store(to, a)
  v128.store(to + step, v128.mul<real>(half, v128.add<real>(s, b)))
  v128.store(to + 2 * step, v128.mul<real>(half, v128.sub<real>(s, b)))
  v128.store(to + 3 * step, c)
}
