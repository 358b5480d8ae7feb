import { gradientRow, normalizeRow, numberAt, splatOf } from '../lib/rows'
import { LINE, SHIFT } from '../lib/simd'
import { LINE_SUMS_BYTES, sumGradients, sumRows, sumSquares, SUM_BYTES, totalOf } from '../lib/sum'
import { GroupNormBackward, GroupNormForward, inverseDeviation, ROW_SUMS_BYTES } from './call'
import { normalizeVector } from './normalizeVector'

/** Where inner is more than 1: a row is one channel of one image, and lies in one piece. */

/**
 * mean[n,g], variance[n,g] over the group; y[n,c,i] = gamma[c] * (x[n,c,i] - mean[n,g]) / sqrt(variance[n,g] + eps) +
 * beta[c]. For any inner; a unit is a group (n, g).
 */
export function groupNormForward(from: i32, to: i32, thread: i32, p: GroupNormForward): void {
  const sum = p.scratch + thread * LINE_SUMS_BYTES
  const rows = p.channels / p.groups
  const count = rows * p.inner
  for (let u = from; u < to; u++) {
    const start = (u * count) << SHIFT
    sumRows(p.x + start, 1, count, 0, sum)
    const mean = <real>(totalOf(sum) / <f64>count)
    sumSquares(p.x + start, 1, count, 0, v128.splat<real>(mean), sum)
    store<real>(p.mean + (u << SHIFT), mean)
    store<real>(p.variance + (u << SHIFT), <real>(totalOf(sum) / <f64>count))
    const inverse = inverseDeviation(p, u)
    const c = (u % p.groups) * rows
    if (p.inner == 1) normalizeVector(p, start, c << SHIFT, rows, v128.splat<real>(mean), splatOf(inverse))
    else
      for (let r = 0; r < rows; r++) {
        const row = start + ((r * p.inner) << SHIFT)
        const scale = splatOf(numberAt(p.gamma, c + r) * inverse)
        normalizeRow(p.x + row, p.y + row, p.inner, v128.splat<real>(mean), scale, splatOf(numberAt(p.beta, c + r)))
      }
  }
}

/**
 * Sums of dy and of dy * xhat over each row, into the table; and, where it is wanted,
 * dx = (t - sum(t) / K - xhat * sum(t * xhat) / K) / sqrt(variance[n,g] + eps), t = gamma[c] * dy[n,c,i].
 * A unit is a group (n, g).
 */
export function groupNormBackwardImages(from: i32, to: i32, thread: i32, p: GroupNormBackward): void {
  const sums = p.scratch + thread * LINE_SUMS_BYTES
  const rows = p.channels / p.groups
  const rowBytes = p.inner << SHIFT
  const count = <f64>rows * <f64>p.inner
  for (let u = from; u < to; u++) {
    const inverse = inverseDeviation(p, u)
    const mean = splatOf(numberAt(p.mean, u))
    const scale = splatOf(inverse)
    const c = (u % p.groups) * rows
    let row = u * rows
    let sumT: f64 = 0
    let sumTXhat: f64 = 0
    for (let r = 0; r < rows; r++, row++) {
      sumGradients(p.dy + row * rowBytes, p.x + row * rowBytes, 1, p.inner, 0, mean, scale, sums)
      const sumDy = totalOf(sums)
      const sumDyXhat = totalOf(sums + SUM_BYTES)
      store<f64>(p.table + row * ROW_SUMS_BYTES, sumDy)
      store<f64>(p.table + row * ROW_SUMS_BYTES, sumDyXhat, 8)
      sumT += numberAt(p.gamma, c + r) * sumDy
      sumTXhat += numberAt(p.gamma, c + r) * sumDyXhat
    }
    if (!p.dx) continue
    const pull = splatOf((-sumTXhat / count) * inverse)
    const push = splatOf((-sumT / count) * inverse)
    row = u * rows
    for (let r = 0; r < rows; r++, row++) {
      const at = row * rowBytes
      const gain = splatOf(numberAt(p.gamma, c + r) * inverse)
      gradientRow(p.dy + at, p.x + at, p.dx + at, p.inner, mean, scale, gain, pull, push)
    }
  }
}

/** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy, from the table. Units of 64 bytes of channels. */
export function groupNormParametersImages(from: i32, to: i32, thread: i32, p: GroupNormBackward): void {
  const end = min(p.channels, (to * LINE) >> SHIFT)
  for (let c = (from * LINE) >> SHIFT; c < end; c++) {
    let sum = f64x2.splat(0)
    let carry = sum
    let at = p.table + c * ROW_SUMS_BYTES
    for (let n = 0; n < p.n; n++, at += p.channels * ROW_SUMS_BYTES) {
      const row = v128.load(at)
      const now = f64x2.add(sum, row)
      const added = f64x2.sub(now, sum)
      carry = f64x2.add(carry, f64x2.add(f64x2.sub(sum, f64x2.sub(now, added)), f64x2.sub(row, added)))
      sum = now
    }
    // Where the sum is infinite, what was lost is NaN.
    sum = f64x2.add(sum, v128.and(carry, f64x2.eq(carry, carry)))
    if (p.dbeta) store<real>(p.dbeta + (c << SHIFT), <real>f64x2.extract_lane(sum, 0))
    if (p.dgamma) store<real>(p.dgamma + (c << SHIFT), <real>f64x2.extract_lane(sum, 1))
  }
}
