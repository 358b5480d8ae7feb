import { firstLanes, loadPart, loadUpTo, storePart } from '../lib/lanes'
import { numberAt, splatOf } from '../lib/rows'
import { LANES, LINE, madd, SHIFT } from '../lib/simd'
import { addToSum, clearSum, laneOf, LINE_SUMS_BYTES, SUM_BYTES, totalOf } from '../lib/sum'
import { GroupNormBackward, inverseDeviation } from './call'

/** Where inner is 1, as in layer norm: vectors run along channels. */

/** Rows that are added up while their cache lines stay in the first-level cache. */
@inline
const ROWS: i32 = 128

/** Numbers that are added up as they are before an accumulator takes them. */
@inline
const BLOCK: i32 = 1024

/**
 * dx = (t - sum(t) / K - xhat * sum(t * xhat) / K) / sqrt(variance[n,g] + eps), t = gamma[c] * dy[n,c]. A unit is a
 * group (n, g).
 */
export function groupNormBackwardVectors(from: i32, to: i32, thread: i32, p: GroupNormBackward): void {
  const sums = p.scratch + thread * LINE_SUMS_BYTES
  const count = p.channels / p.groups
  const bytes = count << SHIFT
  for (let u = from; u < to; u++) {
    const inverse = inverseDeviation(p, u)
    const mean = splatOf(numberAt(p.mean, u))
    const scale = splatOf(inverse)
    const gamma = p.gamma + (u % p.groups) * bytes
    const dy = p.dy + u * bytes
    const x = p.x + u * bytes
    const dx = p.dx + u * bytes
    sumWeighted(dy, x, gamma, count, mean, scale, sums)
    const push = splatOf((-totalOf(sums) / <f64>count) * inverse)
    const pull = splatOf((-totalOf(sums + SUM_BYTES) / <f64>count) * inverse)
    let i = 0
    for (; i <= bytes - 16; i += 16) {
      const xhat = v128.mul<real>(v128.sub<real>(v128.load(x + i), mean), scale)
      const t = v128.mul<real>(v128.load(dy + i), v128.load(gamma + i))
      v128.store(dx + i, madd(t, scale, madd(xhat, pull, push)))
    }
    if (i < bytes) {
      const rest = (bytes - i) >> SHIFT
      const xhat = v128.mul<real>(v128.sub<real>(loadPart(x + i, rest), mean), scale)
      const t = v128.mul<real>(loadPart(dy + i, rest), loadPart(gamma + i, rest))
      storePart(dx + i, madd(t, scale, madd(xhat, pull, push)), rest)
    }
  }
}

/** Sums of t = gamma * dy, in the accumulator at `sums`, and of t * xhat, in the one behind it. */
function sumWeighted(dy: usize, x: usize, gamma: usize, count: i32, mean: v128, scale: v128, sums: usize): void {
  clearSum(sums)
  clearSum(sums + SUM_BYTES)
  const zero = v128.splat<real>(0)
  for (let start = 0; start < count; start += BLOCK) {
    const end = min(count, start + BLOCK) << SHIFT
    let i = start << SHIFT
    let s0 = zero
    let s1 = zero
    let u0 = zero
    let u1 = zero
    for (; i <= end - 32; i += 32) {
      const t0 = v128.mul<real>(v128.load(dy + i), v128.load(gamma + i))
      const t1 = v128.mul<real>(v128.load(dy + i, 16), v128.load(gamma + i, 16))
      s0 = v128.add<real>(s0, t0)
      s1 = v128.add<real>(s1, t1)
      u0 = madd(t0, v128.mul<real>(v128.sub<real>(v128.load(x + i), mean), scale), u0)
      u1 = madd(t1, v128.mul<real>(v128.sub<real>(v128.load(x + i, 16), mean), scale), u1)
    }
    for (; i < end; i += 16) {
      const rest = min(LANES, (end - i) >> SHIFT)
      const t = v128.mul<real>(loadUpTo(dy + i, rest), loadUpTo(gamma + i, rest))
      const xhat = v128.mul<real>(v128.sub<real>(loadUpTo(x + i, rest), mean), scale)
      s0 = v128.add<real>(s0, t)
      u0 = madd(t, v128.and(xhat, firstLanes(rest)), u0)
    }
    addToSum(sums, v128.add<real>(s0, s1))
    addToSum(sums + SUM_BYTES, v128.add<real>(u0, u1))
  }
}

/** The table: 1 / sqrt(variance[n,g] + eps). Units of 64 bytes. */
export function groupNormDeviations(from: i32, to: i32, thread: i32, p: GroupNormBackward): void {
  const end = min(p.n * p.groups, (to * LINE) >> SHIFT)
  for (let u = (from * LINE) >> SHIFT; u < end; u++) store<real>(p.table + (u << SHIFT), <real>inverseDeviation(p, u))
}

/**
 * dgamma[c] = sum_n dy * xhat; dbeta[c] = sum_n dy. A unit is a cache line of channels of one group, 64 bytes of each row;
 * 1 / deviation stands in the table.
 */
export function groupNormParametersVectors(from: i32, to: i32, thread: i32, p: GroupNormBackward): void {
  const sums = p.scratch + thread * LINE_SUMS_BYTES
  const groupBytes = (p.channels / p.groups) << SHIFT
  const lines = (groupBytes + LINE - 1) / LINE
  for (let u = from; u < to; u++) {
    const g = u / lines
    const start = g * groupBytes + (u - g * lines) * LINE
    const bytes = min(LINE, (g + 1) * groupBytes - start)
    const vectors = (bytes + 15) >> 4
    for (let v = 0; v < 2 * vectors; v++) clearSum(sums + v * SUM_BYTES)
    for (let n = 0; n < p.n; n += ROWS)
      if (bytes == LINE) addLine(p, n, g, start, sums)
      else
        for (let v = 0; v < vectors; v++) {
          const lanes = (bytes - (v << 4)) >> SHIFT
          addRows(p, n, g, start + (v << 4), lanes, sums + 2 * v * SUM_BYTES)
        }
    for (let i = 0; i < bytes >> SHIFT; i++) {
      const sum = sums + 2 * (i / LANES) * SUM_BYTES
      const c = start + (i << SHIFT)
      if (p.dbeta) store<real>(p.dbeta + c, <real>laneOf(sum, i % LANES))
      if (p.dgamma) store<real>(p.dgamma + c, <real>laneOf(sum + SUM_BYTES, i % LANES))
    }
  }
}

/** Adds dy and dy * xhat of at most ROWS rows, from n on, to the accumulators of one vector of channels. */
function addRows(p: GroupNormBackward, n: i32, g: i32, c: i32, lanes: i32, sums: usize): void {
  const pitch = p.channels << SHIFT
  const xFromDy = p.x - p.dy
  const groups = p.groups << SHIFT
  const scaleFromMean = p.table - p.mean
  let mean = p.mean + n * groups + (g << SHIFT)
  let dy = p.dy + n * pitch + c
  let s = v128.splat<real>(0)
  let t = s
  for (const end = dy + min(ROWS, p.n - n) * pitch; dy < end; dy += pitch, mean += groups) {
    const gradient = loadUpTo(dy, lanes)
    const centred = v128.sub<real>(loadUpTo(dy + xFromDy, lanes), v128.load_splat<real>(mean))
    s = v128.add<real>(s, gradient)
    t = madd(gradient, v128.mul<real>(centred, v128.load_splat<real>(mean + scaleFromMean)), t)
  }
  addToSum(sums, s)
  addToSum(sums + SUM_BYTES, t)
}

/** The same for all vectors of a line at once: its rows may compete for places in the cache. */
function addLine(p: GroupNormBackward, n: i32, g: i32, c: i32, sums: usize): void {
  const pitch = p.channels << SHIFT
  const xFromDy = p.x - p.dy
  const groups = p.groups << SHIFT
  const scaleFromMean = p.table - p.mean
  let mean = p.mean + n * groups + (g << SHIFT)
  let dy = p.dy + n * pitch + c
  let s0 = v128.splat<real>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  let t0 = s0
  let t1 = s0
  let t2 = s0
  let t3 = s0
  for (const end = dy + min(ROWS, p.n - n) * pitch; dy < end; dy += pitch, mean += groups) {
    const m = v128.load_splat<real>(mean)
    const scale = v128.load_splat<real>(mean + scaleFromMean)
    const x = dy + xFromDy
    let gradient = v128.load(dy)
    s0 = v128.add<real>(s0, gradient)
    t0 = madd(gradient, v128.mul<real>(v128.sub<real>(v128.load(x), m), scale), t0)
    gradient = v128.load(dy, 16)
    s1 = v128.add<real>(s1, gradient)
    t1 = madd(gradient, v128.mul<real>(v128.sub<real>(v128.load(x, 16), m), scale), t1)
    gradient = v128.load(dy, 32)
    s2 = v128.add<real>(s2, gradient)
    t2 = madd(gradient, v128.mul<real>(v128.sub<real>(v128.load(x, 32), m), scale), t2)
    gradient = v128.load(dy, 48)
    s3 = v128.add<real>(s3, gradient)
    t3 = madd(gradient, v128.mul<real>(v128.sub<real>(v128.load(x, 48), m), scale), t3)
  }
  addToSum(sums, s0)
  addToSum(sums + SUM_BYTES, t0)
  addToSum(sums + 2 * SUM_BYTES, s1)
  addToSum(sums + 3 * SUM_BYTES, t1)
  addToSum(sums + 4 * SUM_BYTES, s2)
  addToSum(sums + 5 * SUM_BYTES, t2)
  addToSum(sums + 6 * SUM_BYTES, s3)
  addToSum(sums + 7 * SUM_BYTES, t3)
}
