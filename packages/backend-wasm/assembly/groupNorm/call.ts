import { numberAt } from '../lib/rows'

/** A call of a group norm kernel: x (n, channels, inner). */
@unmanaged
export class Call {
  eps: f64
  n: i32
  channels: i32
  inner: i32
  groups: i32
  x: usize
  dy: usize
  gamma: usize
  beta: usize
  y: usize
  mean: usize
  variance: usize
  dx: usize
  dgamma: usize
  dbeta: usize
  /** Between the phases of backward: the sums of each row (n, c), two doubles; or 1 / deviation of each group. */
  table: usize
  /** Accumulators, SCRATCH bytes a thread. */
  scratch: usize
}

/** Room for two accumulators a vector of a cache line. */
@inline
export const SCRATCH: i32 = 256

/** 1 / sqrt(variance[n,g] + eps) */
@inline
export function inverseDeviation(p: Call, group: i32): f64 {
  return 1 / sqrt<f64>(numberAt(p.variance, group) + p.eps)
}
