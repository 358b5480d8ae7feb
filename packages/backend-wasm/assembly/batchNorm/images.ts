import { loadPart, storePart } from '../lib/lanes'
import { madd, SHIFT } from '../lib/simd'
import { sumGradients, sumRows, sumSquares, SUM_BYTES, totalOf } from '../lib/sum'
import { Call, SCRATCH } from './call'

/** Where inner is more than 1: rows of one channel of one image lie in one piece. */

@inline
function numberOf(at: usize, c: i32): f64 {
  return <f64>load<real>(at + (c << SHIFT))
}

@inline
function splatOf(value: f64): v128 {
  return v128.splat<real>(<real>value)
}

@inline
function inverseDeviation(p: Call, c: i32): f64 {
  return 1 / sqrt<f64>(numberOf(p.variance, c) + p.eps)
}

/** mean[c] = sum_{n,i} x / K, variance[c] = sum_{n,i} (x - mean[c])^2 / K, K = n * inner. A unit is a channel. */
export function batchNormStatisticsImages(from: i32, to: i32, thread: i32, p: Call): void {
  const sum = p.scratch + thread * SCRATCH
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
export function batchNormNormalizeImages(from: i32, to: i32, thread: i32, p: Call): void {
  const row = p.inner << SHIFT
  let c = from % p.channels
  for (let u = from; u < to; u++) {
    const mean = splatOf(numberOf(p.mean, c))
    const scale = splatOf(numberOf(p.gamma, c) * inverseDeviation(p, c))
    const shift = splatOf(numberOf(p.beta, c))
    const y = p.out + u * row
    const xFromY = p.x - p.out
    const end = y + row
    let at = y
    for (; at + 32 <= end; at += 32) {
      const x0 = v128.load(at + xFromY)
      const x1 = v128.load(at + xFromY, 16)
      v128.store(at, madd(v128.sub<real>(x0, mean), scale, shift))
      v128.store(at, madd(v128.sub<real>(x1, mean), scale, shift), 16)
    }
    if (at + 16 <= end) {
      v128.store(at, madd(v128.sub<real>(v128.load(at + xFromY), mean), scale, shift))
      at += 16
    }
    if (at < end) {
      const rest = <i32>(end - at) >> SHIFT
      storePart(at, madd(v128.sub<real>(loadPart(at + xFromY, rest), mean), scale, shift), rest)
    }
    if (++c == p.channels) c = 0
  }
}

/** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy. A unit is a channel. */
export function batchNormReduceImages(from: i32, to: i32, thread: i32, p: Call): void {
  const sums = p.scratch + thread * SCRATCH
  const row = p.inner << SHIFT
  for (let c = from; c < to; c++) {
    const mean = splatOf(numberOf(p.mean, c))
    const scale = splatOf(inverseDeviation(p, c))
    sumGradients(p.dy + c * row, p.x + c * row, p.n, p.inner, p.channels * row, mean, scale, sums)
    store<real>(p.dbeta + (c << SHIFT), <real>totalOf(sums))
    store<real>(p.dgamma + (c << SHIFT), <real>totalOf(sums + SUM_BYTES))
  }
}

/** dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count). A unit is a row (n, c). */
export function batchNormInputImages(from: i32, to: i32, thread: i32, p: Call): void {
  const row = p.inner << SHIFT
  let c = from % p.channels
  for (let u = from; u < to; u++) {
    const inverse = inverseDeviation(p, c)
    const mean = splatOf(numberOf(p.mean, c))
    const scale = splatOf(inverse)
    const gain = splatOf(numberOf(p.gamma, c) * inverse)
    const push = splatOf(-numberOf(p.dbeta, c) / p.count)
    const pull = splatOf(-numberOf(p.dgamma, c) / p.count)
    const dx = p.out + u * row
    const xFromDx = p.x - p.out
    const dyFromDx = p.dy - p.out
    const end = dx + row
    let at = dx
    for (; at + 16 <= end; at += 16) {
      const xhat = v128.mul<real>(v128.sub<real>(v128.load(at + xFromDx), mean), scale)
      v128.store(at, v128.mul<real>(gain, v128.add<real>(v128.load(at + dyFromDx), madd(xhat, pull, push))))
    }
    if (at < end) {
      const rest = <i32>(end - at) >> SHIFT
      const xhat = v128.mul<real>(v128.sub<real>(loadPart(at + xFromDx, rest), mean), scale)
      const g = v128.add<real>(loadPart(at + dyFromDx, rest), madd(xhat, pull, push))
      storePart(at, v128.mul<real>(gain, g), rest)
    }
    if (++c == p.channels) c = 0
  }
}

/** dx = gamma[c] / sqrt(variance[c] + eps) * dy. A unit is a row (n, c). */
export function batchNormInputFixedImages(from: i32, to: i32, thread: i32, p: Call): void {
  const row = p.inner << SHIFT
  let c = from % p.channels
  for (let u = from; u < to; u++) {
    const gain = splatOf(numberOf(p.gamma, c) * inverseDeviation(p, c))
    const dx = p.out + u * row
    const dyFromDx = p.dy - p.out
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

/** running[c] = momentum * running[c] + (1 - momentum) * batch[c]; batch stands at mean. Units of 64 bytes. */
export function batchNormRunning(from: i32, to: i32, thread: i32, p: Call): void {
  const end = min(to << 6, p.channels << SHIFT)
  for (let c = from << 6; c < end; c += <i32>sizeof<real>()) {
    const running = p.momentum * <f64>load<real>(p.out + c) + (1 - p.momentum) * <f64>load<real>(p.mean + c)
    store<real>(p.out + c, <real>running)
  }
}
