import { loadUpTo } from '../lib/lanes'
import { LINE, madd, SHIFT } from '../lib/simd'
import { addToSum, clearSum, laneOf, LINE_SUMS_BYTES, SUM_BYTES } from '../lib/sum'
import { BatchNormReduceVectors, BatchNormStatistics } from './call'

/** Where inner is 1: sums over rows, in vectors that run along channels. */

/** Rows of one cache line whose numbers are added up as they are before accumulators take them. */
@inline
const ROWS: i32 = 128

/** mean[c] = sum_n x / n, variance[c] = sum_n (x - mean[c])^2 / n. A unit is a cache line of channels. */
export function batchNormStatisticsVectors(from: i32, to: i32, thread: i32, p: BatchNormStatistics): void {
  const sums = p.scratch + thread * LINE_SUMS_BYTES
  const pitch = p.channels << SHIFT
  for (let u = from; u < to; u++) {
    const line = u * LINE
    const bytes = min(LINE, pitch - line)
    const mean = p.mean + line
    clear(sums, 4)
    for (let n = 0; n < p.n; n += ROWS) addLine(p.x + n * pitch + line, min(ROWS, p.n - n), pitch, bytes, sums)
    for (let i = 0; i < bytes; i += <i32>sizeof<real>())
      store<real>(mean + i, <real>(laneOf(sums + (i >> 4) * SUM_BYTES, (i & 15) >> SHIFT) / <f64>p.n))
    clear(sums, 4)
    for (let n = 0; n < p.n; n += ROWS)
      addLineSquares(p.x + n * pitch + line, min(ROWS, p.n - n), pitch, bytes, mean, sums)
    for (let i = 0; i < bytes; i += <i32>sizeof<real>())
      store<real>(
        p.variance + line + i,
        <real>(laneOf(sums + (i >> 4) * SUM_BYTES, (i & 15) >> SHIFT) / <f64>p.n),
      )
  }
}

function clear(sums: usize, count: i32): void {
  for (let i = 0; i < count; i++) clearSum(sums + i * SUM_BYTES)
}

/** Adds `rows` rows of a line to its accumulators. All of a line at once: its rows may compete for places in the cache. */
function addLine(x: usize, rows: i32, pitch: usize, bytes: i32, sums: usize): void {
  if (bytes < 64) {
    for (let v = 0; v < bytes; v += 16, sums += SUM_BYTES) {
      let s = v128.splat<real>(0)
      for (let at = x + v, end = at + rows * pitch; at < end; at += pitch)
        s = v128.add<real>(s, loadUpTo(at, (bytes - v) >> SHIFT))
      addToSum(sums, s)
    }
    return
  }
  let s0 = v128.splat<real>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (const end = x + rows * pitch; x < end; x += pitch) {
    s0 = v128.add<real>(s0, v128.load(x))
    s1 = v128.add<real>(s1, v128.load(x, 16))
    s2 = v128.add<real>(s2, v128.load(x, 32))
    s3 = v128.add<real>(s3, v128.load(x, 48))
  }
  addToSum(sums, s0)
  addToSum(sums + SUM_BYTES, s1)
  addToSum(sums + 2 * SUM_BYTES, s2)
  addToSum(sums + 3 * SUM_BYTES, s3)
}

/** The same of (x - mean)^2. */
function addLineSquares(x: usize, rows: i32, pitch: usize, bytes: i32, mean: usize, sums: usize): void {
  if (bytes < 64) {
    for (let v = 0; v < bytes; v += 16, sums += SUM_BYTES) {
      const lanes = (bytes - v) >> SHIFT
      const m = loadUpTo(mean + v, lanes)
      let s = v128.splat<real>(0)
      for (let at = x + v, end = at + rows * pitch; at < end; at += pitch) {
        const d = v128.sub<real>(loadUpTo(at, lanes), m)
        s = madd(d, d, s)
      }
      addToSum(sums, s)
    }
    return
  }
  const m0 = v128.load(mean)
  const m1 = v128.load(mean, 16)
  const m2 = v128.load(mean, 32)
  const m3 = v128.load(mean, 48)
  let s0 = v128.splat<real>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  for (const end = x + rows * pitch; x < end; x += pitch) {
    const d0 = v128.sub<real>(v128.load(x), m0)
    const d1 = v128.sub<real>(v128.load(x, 16), m1)
    const d2 = v128.sub<real>(v128.load(x, 32), m2)
    const d3 = v128.sub<real>(v128.load(x, 48), m3)
    s0 = madd(d0, d0, s0)
    s1 = madd(d1, d1, s1)
    s2 = madd(d2, d2, s2)
    s3 = madd(d3, d3, s3)
  }
  addToSum(sums, s0)
  addToSum(sums + SUM_BYTES, s1)
  addToSum(sums + 2 * SUM_BYTES, s2)
  addToSum(sums + 3 * SUM_BYTES, s3)
}

/** dgamma[c] = sum_n dy * xhat; dbeta[c] = sum_n dy. A unit is a cache line of channels. */
export function batchNormReduceVectors(from: i32, to: i32, thread: i32, p: BatchNormReduceVectors): void {
  const sums = p.scratch + thread * LINE_SUMS_BYTES
  const pitch = p.channels << SHIFT
  const xFromDy = p.x - p.dy
  for (let u = from; u < to; u++) {
    const line = u * LINE
    const bytes = min(LINE, pitch - line)
    clear(sums, 8)
    for (let n = 0; n < p.n; n += ROWS)
      // Half a line at a time, since four accumulators with their means and factors are what registers can hold.
      for (let v = 0; v < bytes; v += 32) {
        const dy = p.dy + n * pitch + line + v
        const rows = min(ROWS, p.n - n)
        addGradients(dy, xFromDy, rows, pitch, bytes - v, p.mean + line + v, p.factors + line + v, sums + (v >> 3) * SUM_BYTES)
      }
    for (let i = 0; i < bytes; i += <i32>sizeof<real>()) {
      const sum = sums + 2 * (i >> 4) * SUM_BYTES
      const lane = (i & 15) >> SHIFT
      store<real>(p.dbeta + line + i, <real>laneOf(sum, lane))
      store<real>(p.dgamma + line + i, <real>laneOf(sum + SUM_BYTES, lane))
    }
  }
}

/** Adds dy and dy * xhat of two vectors of channels, or of what there is of them, to two accumulators each. */
function addGradients(
  dy: usize,
  xFromDy: usize,
  rows: i32,
  pitch: usize,
  bytes: i32,
  mean: usize,
  scale: usize,
  sums: usize,
): void {
  const end = dy + rows * pitch
  let s0 = v128.splat<real>(0)
  let t0 = s0
  if (bytes < 32) {
    for (let v = 0; v < bytes; v += 16, sums += 2 * SUM_BYTES) {
      const lanes = (bytes - v) >> SHIFT
      const m = loadUpTo(mean + v, lanes)
      const f = loadUpTo(scale + v, lanes)
      s0 = t0 = v128.splat<real>(0)
      for (let at = dy; at < end; at += pitch) {
        const g = loadUpTo(at + v, lanes)
        s0 = v128.add<real>(s0, g)
        t0 = madd(g, v128.mul<real>(v128.sub<real>(loadUpTo(at + v + xFromDy, lanes), m), f), t0)
      }
      addToSum(sums, s0)
      addToSum(sums + SUM_BYTES, t0)
    }
    return
  }
  const m0 = v128.load(mean)
  const m1 = v128.load(mean, 16)
  const f0 = v128.load(scale)
  const f1 = v128.load(scale, 16)
  let s1 = s0
  let t1 = s0
  for (; dy < end; dy += pitch) {
    const g0 = v128.load(dy)
    const g1 = v128.load(dy, 16)
    s0 = v128.add<real>(s0, g0)
    s1 = v128.add<real>(s1, g1)
    t0 = madd(g0, v128.mul<real>(v128.sub<real>(v128.load(dy + xFromDy), m0), f0), t0)
    t1 = madd(g1, v128.mul<real>(v128.sub<real>(v128.load(dy + xFromDy, 16), m1), f1), t1)
  }
  addToSum(sums, s0)
  addToSum(sums + SUM_BYTES, t0)
  addToSum(sums + 2 * SUM_BYTES, s1)
  addToSum(sums + 3 * SUM_BYTES, t1)
}
