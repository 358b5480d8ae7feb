import { exp } from './lib/exp'
import { storeUpTo } from './lib/lanes'
import { LossBackward, LossForward } from './lib/loss'
import { largestLane, loadLanes, sumOfLanes } from './lib/row'
import { LANES, SHIFT } from './lib/simd'

@external('env', 'log')
declare function log(x: f64): f64

/** The largest logit, in every lane. A NaN is passed over: it comes back in the sum of the row's exps. */
@inline
function maximum(row: usize, classes: i32): v128 {
  const rest = v128.splat<real>(<real>-Infinity)
  let max = rest
  for (let c = 0; c < classes; c += LANES) max = v128.pmax<real>(max, loadLanes(row + (c << SHIFT), classes - c, rest))
  return largestLane(max)
}

/** terms[n] = log(sum_c exp(logits[n,c] - m[n])) - (logits[n,t[n]] - m[n]), in double. Units of a row. */
export function softmaxCrossEntropyForward(from: i32, to: i32, thread: i32, p: LossForward): void {
  const classes = p.classes
  const rest = v128.splat<real>(<real>-Infinity)
  for (let n = from; n < to; n++) {
    const row = p.logits + ((n * classes) << SHIFT)
    const max = maximum(row, classes)
    let sum = v128.splat<real>(0)
    for (let c = 0; c < classes; c += LANES) {
      const x = loadLanes(row + (c << SHIFT), classes - c, rest)
      sum = v128.add<real>(sum, exp(v128.sub<real>(x, max)))
    }
    const own = load<real>(row + (load<i32>(p.labels + (n << 2)) << SHIFT))
    const total = v128.extract_lane<real>(sumOfLanes(sum), 0)
    store<f64>(p.terms + (n << 3), log(<f64>total) - (<f64>own - <f64>v128.extract_lane<real>(max, 0)))
  }
}

/** dlogits[n,c] = scale * (exp(logits[n,c] - m[n]) / sum_k exp(logits[n,k] - m[n]) - [c = t[n]]). Units of a row. */
export function softmaxCrossEntropyBackward(from: i32, to: i32, thread: i32, p: LossBackward): void {
  const classes = p.classes
  const rest = v128.splat<real>(<real>-Infinity)
  const scale = p.scale
  for (let n = from; n < to; n++) {
    const start = (n * classes) << SHIFT
    const row = p.logits + start
    const drow = p.dlogits + start
    const max = maximum(row, classes)
    let sum = v128.splat<real>(0)
    for (let c = 0; c < classes; c += LANES) {
      const e = exp(v128.sub<real>(loadLanes(row + (c << SHIFT), classes - c, rest), max))
      sum = v128.add<real>(sum, e)
      storeUpTo(drow + (c << SHIFT), e, classes - c)
    }
    const share = v128.div<real>(scale, sumOfLanes(sum))
    for (let c = 0; c < classes; c += LANES) {
      const at = drow + (c << SHIFT)
      storeUpTo(at, v128.mul<real>(share, loadLanes(at, classes - c, rest)), classes - c)
    }
    const own = drow + (load<i32>(p.labels + (n << 2)) << SHIFT)
    store<real>(own, load<real>(own) - v128.extract_lane<real>(scale, 0))
  }
}
