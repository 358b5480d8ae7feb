import { numberAt } from '../lib/rows'

/** x (n, channels, inner). */
@unmanaged
export class GroupNorm {
  eps: f64
  n: i32
  channels: i32
  inner: i32
  groups: i32
  x: usize
  gamma: usize
  mean: usize
  variance: usize
  /** Accumulators, LINE_SUMS_BYTES a thread. */
  scratch: usize
}

@unmanaged
export class GroupNormForward extends GroupNorm {
  beta: usize
  y: usize
}

@unmanaged
export class GroupNormBackward extends GroupNorm {
  dy: usize
  /** These three, or 0. */
  dx: usize
  dgamma: usize
  dbeta: usize
  /** Between the phases: the sums of each row (n, c), ROW_SUMS_BYTES; or 1 / deviation of each group. */
  table: usize
}

/** Two doubles: the sums of dy and of dy * xhat. */
@inline
export const ROW_SUMS_BYTES: i32 = 16

/** 1 / sqrt(variance[n,g] + eps) */
@inline
export function inverseDeviation(p: GroupNorm, group: i32): f64 {
  return 1 / sqrt<f64>(numberAt(p.variance, group) + p.eps)
}
