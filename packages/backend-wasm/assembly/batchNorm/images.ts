import { loadPart, storePart } from '../lib/lanes'
import { gradientRow, normalizeRow, numberAt, splatOf } from '../lib/rows'
import { LINE, SHIFT } from '../lib/simd'
import { LINE_SUMS_BYTES, sumGradients, sumRows, sumSquares, SUM_BYTES, totalOf } from '../lib/sum'
import {
  BatchNormInputFixedImages,
  BatchNormInputImages,
  BatchNormNormalizeImages,
  BatchNormReduceImages,
  BatchNormRunning,
  BatchNormStatistics,
} from './call'

/** Where inner is more than 1: rows of one channel of one image lie in one piece. */

@inline
function inverseDeviation(variance: usize, c: i32, eps: f64): f64 {
  return 1 / sqrt<f64>(numberAt(variance, c) + eps)
}

/** mean[c] = sum_{n,i} x / K, variance[c] = sum_{n,i} (x - mean[c])^2 / K, K = n * inner. A unit is a channel. */
export function batchNormStatisticsImages(from: i32, to: i32, thread: i32, p: BatchNormStatistics): void {
  const sum = p.scratch + thread * LINE_SUMS_BYTES
  const row = p.inner << SHIFT
  const count = <f64>p.n * <f64>p.inner
  for (let c = from; c < to; c++) {
    const x = p.x + c * row
    sumRows(x, p.n, p.inner, p.channels * row, sum)
    const mean = <real>(totalOf(sum) / count)
    sumSquares(x, p.n, p.inner, p.channels * row, v128.splat<real>(mean), sum)
    store<real>(p.mean + (c << SHIFT), mean)
    store<real>(p.variance + (c << SHIFT), <real>(totalOf(sum) / count))
  }
}

/** y[n,c,i] = gamma[c] * (x[n,c,i] - mean[c]) / sqrt(variance[c] + eps) + beta[c]. A unit is a row (n, c). */
export function batchNormNormalizeImages(from: i32, to: i32, thread: i32, p: BatchNormNormalizeImages): void {
  const row = p.inner << SHIFT
  let c = from % p.channels
  for (let u = from; u < to; u++) {
    const mean = splatOf(numberAt(p.mean, c))
    const scale = splatOf(numberAt(p.gamma, c) * inverseDeviation(p.variance, c, p.eps))
    const shift = splatOf(numberAt(p.beta, c))
    normalizeRow(p.x + u * row, p.y + u * row, p.inner, mean, scale, shift)
    if (++c == p.channels) c = 0
  }
}

/** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy. A unit is a channel. */
export function batchNormReduceImages(from: i32, to: i32, thread: i32, p: BatchNormReduceImages): void {
  const sums = p.scratch + thread * LINE_SUMS_BYTES
  const row = p.inner << SHIFT
  for (let c = from; c < to; c++) {
    const mean = splatOf(numberAt(p.mean, c))
    const scale = splatOf(inverseDeviation(p.variance, c, p.eps))
    sumGradients(p.dy + c * row, p.x + c * row, p.n, p.inner, p.channels * row, mean, scale, sums)
    store<real>(p.dbeta + (c << SHIFT), <real>totalOf(sums))
    store<real>(p.dgamma + (c << SHIFT), <real>totalOf(sums + SUM_BYTES))
  }
}

/** dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count). A unit is a row (n, c). */
export function batchNormInputImages(from: i32, to: i32, thread: i32, p: BatchNormInputImages): void {
  const row = p.inner << SHIFT
  let c = from % p.channels
  for (let u = from; u < to; u++) {
    const inverse = inverseDeviation(p.variance, c, p.eps)
    const mean = splatOf(numberAt(p.mean, c))
    const gain = numberAt(p.gamma, c) * inverse
    const pull = splatOf((-gain * numberAt(p.dgamma, c)) / p.count)
    const push = splatOf((-gain * numberAt(p.dbeta, c)) / p.count)
    const at = u * row
    gradientRow(p.dy + at, p.x + at, p.dx + at, p.inner, mean, splatOf(inverse), splatOf(gain), pull, push)
    if (++c == p.channels) c = 0
  }
}

/** dx = gamma[c] / sqrt(variance[c] + eps) * dy. A unit is a row (n, c). */
export function batchNormInputFixedImages(from: i32, to: i32, thread: i32, p: BatchNormInputFixedImages): void {
  const row = p.inner << SHIFT
  let c = from % p.channels
  for (let u = from; u < to; u++) {
    const gain = splatOf(numberAt(p.gamma, c) * inverseDeviation(p.variance, c, p.eps))
    const dx = p.dx + u * row
    const dyFromDx = p.dy - p.dx
    const end = dx + row
    let at = dx
    for (; at + 16 <= end; at += 16) v128.store(at, v128.mul<real>(gain, v128.load(at + dyFromDx)))
    if (at < end) {
      const rest = <i32>(end - at) >> SHIFT
      storePart(at, v128.mul<real>(gain, loadPart(at + dyFromDx, rest)), rest)
    }
    if (++c == p.channels) c = 0
  }
}

/** running[c] = momentum * running[c] + (1 - momentum) * batch[c]. Units of 64 bytes. */
export function batchNormRunning(from: i32, to: i32, thread: i32, p: BatchNormRunning): void {
  const end = min(to * LINE, p.channels << SHIFT)
  for (let c = from * LINE; c < end; c += <i32>sizeof<real>()) {
    const running = p.momentum * <f64>load<real>(p.running + c) + (1 - p.momentum) * <f64>load<real>(p.batch + c)
    store<real>(p.running + c, <real>running)
  }
}
