import { loadPart, loadUpTo, storeUpTo } from '../lib/lanes'
import { LANES, madd, SHIFT } from '../lib/simd'
import { addToSum, clearSum, laneOf, SUM_BYTES } from '../lib/sum'
import { Call, SCRATCH } from './call'

/** Where inner is 1: vectors run along channels. A unit is a cache line of channels, 64 bytes of each row. */

/** Rows that are added up, or worked through, while their cache lines stay in the first-level cache. */
@inline
const ROWS: i32 = 128

/** Vectors of unit `u` that hold channels. */
@inline
function vectorsOf(p: Call, u: i32): i32 {
  return min(4, ((p.channels << SHIFT) - (u << 6) + 15) >> 4)
}

/** 1 / sqrt(variance + eps) of the channels at byte c. */
@inline
function inverseDeviation(p: Call, c: i32, lanes: i32): v128 {
  const sum = v128.add<real>(loadUpTo(p.variance + c, lanes), v128.splat<real>(<real>p.eps))
  return v128.div<real>(v128.splat<real>(1), v128.sqrt<real>(sum))
}

/** mean[c] = sum_n x / n, variance[c] = sum_n (x - mean[c])^2 / n */
export function batchNormStatisticsVectors(from: i32, to: i32, thread: i32, p: Call): void {
  const sums = p.scratch + thread * SCRATCH
  const pitch = p.channels << SHIFT
  for (let u = from; u < to; u++) {
    const vectors = vectorsOf(p, u)
    for (let pass = 0; pass < 2; pass++) {
      for (let v = 0; v < vectors; v++) clearSum(sums + v * SUM_BYTES)
      for (let n = 0; n < p.n; n += ROWS)
        for (let v = 0; v < vectors; v++) {
          const c = (u << 6) + (v << 4)
          const lanes = (pitch - c) >> SHIFT
          const x = p.x + n * pitch + c
          const rows = min(ROWS, p.n - n)
          addToSum(
            sums + v * SUM_BYTES,
            pass == 0 ? sumOf(x, rows, pitch, lanes) : squaresOf(x, rows, pitch, lanes, loadUpTo(p.mean + c, lanes)),
          )
        }
      const result = pass == 0 ? p.mean : p.variance
      for (let v = 0; v < vectors; v++) {
        const c = (u << 6) + (v << 4)
        const lanes = min(LANES, (pitch - c) >> SHIFT)
        for (let l = 0; l < lanes; l++)
          store<real>(result + c + (l << SHIFT), <real>(laneOf(sums + v * SUM_BYTES, l) / <f64>p.n))
      }
    }
  }
}

function sumOf(x: usize, rows: i32, pitch: usize, lanes: i32): v128 {
  let s0 = v128.splat<real>(0)
  if (lanes < LANES) {
    for (; rows > 0; rows--, x += pitch) s0 = v128.add<real>(s0, loadPart(x, lanes))
    return s0
  }
  let s1 = s0
  for (; rows > 1; rows -= 2, x += 2 * pitch) {
    s0 = v128.add<real>(s0, v128.load(x))
    s1 = v128.add<real>(s1, v128.load(x + pitch))
  }
  if (rows > 0) s0 = v128.add<real>(s0, v128.load(x))
  return v128.add<real>(s0, s1)
}

function squaresOf(x: usize, rows: i32, pitch: usize, lanes: i32, mean: v128): v128 {
  let s0 = v128.splat<real>(0)
  if (lanes < LANES) {
    for (; rows > 0; rows--, x += pitch) {
      const d = v128.sub<real>(loadPart(x, lanes), mean)
      s0 = madd(d, d, s0)
    }
    return s0
  }
  let s1 = s0
  for (; rows > 1; rows -= 2, x += 2 * pitch) {
    const d0 = v128.sub<real>(v128.load(x), mean)
    const d1 = v128.sub<real>(v128.load(x + pitch), mean)
    s0 = madd(d0, d0, s0)
    s1 = madd(d1, d1, s1)
  }
  if (rows > 0) {
    const d = v128.sub<real>(v128.load(x), mean)
    s0 = madd(d, d, s0)
  }
  return v128.add<real>(s0, s1)
}

/** y[n,c] = gamma[c] * (x[n,c] - mean[c]) / sqrt(variance[c] + eps) + beta[c] */
export function batchNormNormalizeVectors(from: i32, to: i32, thread: i32, p: Call): void {
  const pitch = p.channels << SHIFT
  const xFromY = p.x - p.out
  for (let u = from; u < to; u++)
    for (let n = 0; n < p.n; n += ROWS)
      for (let v = 0, vectors = vectorsOf(p, u); v < vectors; v++) {
        const c = (u << 6) + (v << 4)
        const lanes = (pitch - c) >> SHIFT
        const mean = loadUpTo(p.mean + c, lanes)
        const scale = v128.mul<real>(loadUpTo(p.gamma + c, lanes), inverseDeviation(p, c, lanes))
        const shift = loadUpTo(p.beta + c, lanes)
        let y = p.out + n * pitch + c
        for (const end = y + min(ROWS, p.n - n) * pitch; y < end; y += pitch)
          storeUpTo(y, madd(v128.sub<real>(loadUpTo(y + xFromY, lanes), mean), scale, shift), lanes)
      }
}

/** dgamma[c] = sum_n dy * xhat; dbeta[c] = sum_n dy */
export function batchNormReduceVectors(from: i32, to: i32, thread: i32, p: Call): void {
  const sums = p.scratch + thread * SCRATCH
  const pitch = p.channels << SHIFT
  const xFromDy = p.x - p.dy
  for (let u = from; u < to; u++) {
    const vectors = vectorsOf(p, u)
    for (let v = 0; v < 2 * vectors; v++) clearSum(sums + v * SUM_BYTES)
    for (let n = 0; n < p.n; n += ROWS)
      for (let v = 0; v < vectors; v++) {
        const c = (u << 6) + (v << 4)
        const lanes = (pitch - c) >> SHIFT
        const mean = loadUpTo(p.mean + c, lanes)
        const scale = inverseDeviation(p, c, lanes)
        let s = v128.splat<real>(0)
        let t = s
        let dy = p.dy + n * pitch + c
        for (const end = dy + min(ROWS, p.n - n) * pitch; dy < end; dy += pitch) {
          const g = loadUpTo(dy, lanes)
          s = v128.add<real>(s, g)
          t = madd(g, v128.mul<real>(v128.sub<real>(loadUpTo(dy + xFromDy, lanes), mean), scale), t)
        }
        addToSum(sums + 2 * v * SUM_BYTES, s)
        addToSum(sums + (2 * v + 1) * SUM_BYTES, t)
      }
    for (let v = 0; v < vectors; v++) {
      const c = (u << 6) + (v << 4)
      const lanes = min(LANES, (pitch - c) >> SHIFT)
      for (let l = 0; l < lanes; l++) {
        store<real>(p.dbeta + c + (l << SHIFT), <real>laneOf(sums + 2 * v * SUM_BYTES, l))
        store<real>(p.dgamma + c + (l << SHIFT), <real>laneOf(sums + (2 * v + 1) * SUM_BYTES, l))
      }
    }
  }
}

/** dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count) */
export function batchNormInputVectors(from: i32, to: i32, thread: i32, p: Call): void {
  const pitch = p.channels << SHIFT
  const xFromDx = p.x - p.out
  const dyFromDx = p.dy - p.out
  const count = v128.splat<real>(<real>-p.count)
  for (let u = from; u < to; u++)
    for (let n = 0; n < p.n; n += ROWS)
      for (let v = 0, vectors = vectorsOf(p, u); v < vectors; v++) {
        const c = (u << 6) + (v << 4)
        const lanes = (pitch - c) >> SHIFT
        const mean = loadUpTo(p.mean + c, lanes)
        const scale = inverseDeviation(p, c, lanes)
        const gain = v128.mul<real>(loadUpTo(p.gamma + c, lanes), scale)
        const push = v128.div<real>(loadUpTo(p.dbeta + c, lanes), count)
        const pull = v128.div<real>(loadUpTo(p.dgamma + c, lanes), count)
        let dx = p.out + n * pitch + c
        for (const end = dx + min(ROWS, p.n - n) * pitch; dx < end; dx += pitch) {
          const xhat = v128.mul<real>(v128.sub<real>(loadUpTo(dx + xFromDx, lanes), mean), scale)
          const g = v128.add<real>(loadUpTo(dx + dyFromDx, lanes), madd(xhat, pull, push))
          storeUpTo(dx, v128.mul<real>(gain, g), lanes)
        }
      }
}

/** dx = gamma[c] / sqrt(variance[c] + eps) * dy */
export function batchNormInputFixedVectors(from: i32, to: i32, thread: i32, p: Call): void {
  const pitch = p.channels << SHIFT
  const dyFromDx = p.dy - p.out
  for (let u = from; u < to; u++)
    for (let n = 0; n < p.n; n += ROWS)
      for (let v = 0, vectors = vectorsOf(p, u); v < vectors; v++) {
        const c = (u << 6) + (v << 4)
        const lanes = (pitch - c) >> SHIFT
        const gain = v128.mul<real>(loadUpTo(p.gamma + c, lanes), inverseDeviation(p, c, lanes))
        let dx = p.out + n * pitch + c
        for (const end = dx + min(ROWS, p.n - n) * pitch; dx < end; dx += pitch)
          storeUpTo(dx, v128.mul<real>(gain, loadUpTo(dx + dyFromDx, lanes)), lanes)
      }
}
