/** A call of a batch norm kernel: x (n, channels, inner). */
@unmanaged
export class Call {
  eps: f64
  count: f64
  momentum: f64
  n: i32
  channels: i32
  inner: i32
  x: usize
  dy: usize
  gamma: usize
  beta: usize
  mean: usize
  variance: usize
  dgamma: usize
  dbeta: usize
  /** y or dx. */
  out: usize
  /** Where inner is 1: the tables that `batchNormFactors` fills, of tableBytes each. */
  factors: usize
  tableBytes: i32
  /** Accumulators, SCRATCH bytes a thread. */
  scratch: usize
}

/** Room for two accumulators a vector of a cache line. */
@inline
export const SCRATCH: i32 = 256
