import { loadPart, loadUpTo, storePart, storeUpTo } from '../lib/lanes'
import { numberAt } from '../lib/rows'
import { LANES, LINE, madd, SHIFT } from '../lib/simd'
import { BatchNormFactors, BatchNormInputFixedVectors, BatchNormInputVectors, BatchNormNormalizeVectors } from './call'

/** Where inner is 1: rows of x, in vectors that run along channels. */

/**
 * Tables over channels: 1 / sqrt(variance + eps); then, where there is a gamma, gain = gamma times that; then, where there
 * is a dgamma too, pull = -gain * dgamma / count and push = -gain * dbeta / count. Units of 64 bytes.
 */
export function batchNormFactors(from: i32, to: i32, thread: i32, p: BatchNormFactors): void {
  const end = min(to * LINE, p.channels << SHIFT) >> SHIFT
  for (let c = (from * LINE) >> SHIFT; c < end; c++) {
    const table = p.factors + (c << SHIFT)
    const inverse = 1 / sqrt<f64>(numberAt(p.variance, c) + p.eps)
    store<real>(table, <real>inverse)
    if (!p.gamma) continue
    const gain = numberAt(p.gamma, c) * inverse
    store<real>(table + p.tableBytes, <real>gain)
    if (!p.dgamma) continue
    store<real>(table + 2 * p.tableBytes, <real>((-gain * numberAt(p.dgamma, c)) / p.count))
    store<real>(table + 3 * p.tableBytes, <real>((-gain * numberAt(p.dbeta, c)) / p.count))
  }
}

/** y[n,c] = gamma[c] * (x[n,c] - mean[c]) / sqrt(variance[c] + eps) + beta[c]. A unit is a row. */
export function batchNormNormalizeVectors(from: i32, to: i32, thread: i32, p: BatchNormNormalizeVectors): void {
  const pitch = p.channels << SHIFT
  const mean = p.mean
  const gain = p.factors + p.tableBytes
  const beta = p.beta
  for (let n = from; n < to; n++) {
    const x = p.x + n * pitch
    const y = p.y + n * pitch
    let c = 0
    for (; c <= pitch - 16; c += 16) normalizeAt(c, LANES, x, mean, gain, beta, y)
    if (c < pitch) normalizeAt(c, (pitch - c) >> SHIFT, x, mean, gain, beta, y)
  }
}

@inline
function normalizeAt(c: i32, lanes: i32, x: usize, mean: usize, gain: usize, beta: usize, y: usize): void {
  const centred = v128.sub<real>(loadUpTo(x + c, lanes), loadUpTo(mean + c, lanes))
  storeUpTo(y + c, madd(centred, loadUpTo(gain + c, lanes), loadUpTo(beta + c, lanes)), lanes)
}

/** dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count). A unit is a row. */
export function batchNormInputVectors(from: i32, to: i32, thread: i32, p: BatchNormInputVectors): void {
  const pitch = p.channels << SHIFT
  const tableBytes = p.tableBytes
  const factors = p.factors
  const mean = p.mean
  for (let n = from; n < to; n++) {
    const x = p.x + n * pitch
    const dy = p.dy + n * pitch
    const dx = p.dx + n * pitch
    let c = 0
    for (; c <= pitch - 16; c += 16) gradientAt(c, LANES, dy, x, mean, factors, tableBytes, dx)
    if (c < pitch) gradientAt(c, (pitch - c) >> SHIFT, dy, x, mean, factors, tableBytes, dx)
  }
}

@inline
function gradientAt(
  c: i32,
  lanes: i32,
  dy: usize,
  x: usize,
  mean: usize,
  factors: usize,
  tableBytes: i32,
  dx: usize,
): void {
  const table = factors + c
  const centred = v128.sub<real>(loadUpTo(x + c, lanes), loadUpTo(mean + c, lanes))
  const xhat = v128.mul<real>(centred, loadUpTo(table, lanes))
  const gain = loadUpTo(table + tableBytes, lanes)
  const common = madd(xhat, loadUpTo(table + 2 * tableBytes, lanes), loadUpTo(table + 3 * tableBytes, lanes))
  storeUpTo(dx + c, madd(gain, loadUpTo(dy + c, lanes), common), lanes)
}

/** dx = gamma[c] / sqrt(variance[c] + eps) * dy. A unit is a row. */
export function batchNormInputFixedVectors(from: i32, to: i32, thread: i32, p: BatchNormInputFixedVectors): void {
  const pitch = p.channels << SHIFT
  const gain = p.factors + p.tableBytes
  for (let n = from; n < to; n++) {
    const dy = p.dy + n * pitch
    const dx = p.dx + n * pitch
    let c = 0
    for (; c <= pitch - 16; c += 16) v128.store(dx + c, v128.mul<real>(v128.load(gain + c), v128.load(dy + c)))
    const rest = (pitch - c) >> SHIFT
    if (rest) storePart(dx + c, v128.mul<real>(loadPart(gain + c, rest), loadPart(dy + c, rest)), rest)
  }
}
