import { loadUpTo, storeUpTo } from './lib/lanes'
import { LossBackward, LossForward } from './lib/loss'
import { sumOfLanes } from './lib/row'
import { LANES, SHIFT } from './lib/simd'

/** A whole number in lanes as wide as a logit's. */
@inline
function whole(value: i32): v128 {
  return sizeof<real>() == 4 ? v128.splat<i32>(value) : v128.splat<i64>(<i64>value)
}

/** The numbers of the first classes. */
@inline
function firstClasses(): v128 {
  return sizeof<real>() == 4 ? i32x4(0, 1, 2, 3) : i64x2(0, 1)
}

/** The numbers of the next classes. */
@inline
function nextClasses(c: v128): v128 {
  return sizeof<real>() == 4 ? v128.add<i32>(c, whole(LANES)) : v128.add<i64>(c, whole(LANES))
}

/** Where c is the label, or no class at all: there a margin says nothing, NaN or not. */
@inline
function noMargin(c: v128, label: v128, classes: v128): v128 {
  return sizeof<real>() == 4
    ? v128.or(v128.eq<i32>(c, label), v128.ge<i32>(c, classes))
    : v128.or(v128.eq<i64>(c, label), v128.ge<i64>(c, classes))
}

/** terms[n] = sum_{c != t[n]} max(0, logits[n,c] - logits[n,t[n]] + 1), in double. Units of a row. */
export function svmLossForward(from: i32, to: i32, thread: i32, p: LossForward): void {
  const classes = p.classes
  const zero = v128.splat<real>(0)
  const one = v128.splat<real>(1)
  for (let n = from; n < to; n++) {
    const row = p.logits + ((n * classes) << SHIFT)
    const label = load<i32>(p.labels + (n << 2))
    const own = v128.load_splat<real>(row + (label << SHIFT))
    let sum = zero
    let number = firstClasses()
    for (let c = 0; c < classes; c += LANES) {
      const x = loadUpTo(row + (c << SHIFT), classes - c)
      const margin = v128.add<real>(v128.sub<real>(x, own), one)
      const ignored = v128.or(v128.le<real>(margin, zero), noMargin(number, whole(label), whole(classes)))
      sum = v128.add<real>(sum, v128.andnot(margin, ignored))
      number = nextClasses(number)
    }
    store<f64>(p.terms + (n << 3), <f64>v128.extract_lane<real>(sumOfLanes(sum), 0))
  }
}

/**
 * dlogits[n,c] = scale * [margin[n,c] > 0] for c != t[n], NaN where the margin is NaN; dlogits[n,t[n]] = -sum of the
 * others in the row. Units of a row.
 */
export function svmLossBackward(from: i32, to: i32, thread: i32, p: LossBackward): void {
  const classes = p.classes
  const zero = v128.splat<real>(0)
  const one = v128.splat<real>(1)
  const scale = p.scale
  for (let n = from; n < to; n++) {
    const start = (n * classes) << SHIFT
    const row = p.logits + start
    const drow = p.dlogits + start
    const label = load<i32>(p.labels + (n << 2))
    const own = v128.load_splat<real>(row + (label << SHIFT))
    let sum = zero
    let number = firstClasses()
    for (let c = 0; c < classes; c += LANES) {
      const x = loadUpTo(row + (c << SHIFT), classes - c)
      const margin = v128.add<real>(v128.sub<real>(x, own), one)
      const positive = v128.and(scale, v128.gt<real>(margin, zero))
      const gradient = v128.bitselect(margin, positive, v128.ne<real>(margin, margin))
      const counted = v128.andnot(gradient, noMargin(number, whole(label), whole(classes)))
      sum = v128.add<real>(sum, counted)
      storeUpTo(drow + (c << SHIFT), counted, classes - c)
      number = nextClasses(number)
    }
    store<real>(drow + (label << SHIFT), <real>0 - v128.extract_lane<real>(sumOfLanes(sum), 0))
  }
}
