/** x (n, channels, inner). Kernels for images take any inner; those for vectors take 1. */
@unmanaged
export class BatchNorm {
  n: i32
  channels: i32
  inner: i32
}

@unmanaged
export class BatchNormStatistics extends BatchNorm {
  x: usize
  mean: usize
  variance: usize
  /** Accumulators, LINE_SUMS_BYTES a thread. */
  scratch: usize
}

@unmanaged
export class BatchNormNormalizeImages extends BatchNorm {
  eps: f64
  x: usize
  gamma: usize
  beta: usize
  mean: usize
  variance: usize
  y: usize
}

@unmanaged
export class BatchNormReduceImages extends BatchNorm {
  eps: f64
  dy: usize
  x: usize
  mean: usize
  variance: usize
  dgamma: usize
  dbeta: usize
  /** Accumulators, LINE_SUMS_BYTES a thread. */
  scratch: usize
}

@unmanaged
export class BatchNormInputImages extends BatchNorm {
  eps: f64
  count: f64
  dy: usize
  x: usize
  gamma: usize
  mean: usize
  variance: usize
  dgamma: usize
  dbeta: usize
  dx: usize
}

@unmanaged
export class BatchNormInputFixedImages extends BatchNorm {
  eps: f64
  dy: usize
  gamma: usize
  variance: usize
  dx: usize
}

@unmanaged
export class BatchNormRunning {
  momentum: f64
  channels: i32
  batch: usize
  running: usize
}

/** What `batchNormFactors` computes for the other kernels for vectors: FACTOR_TABLES tables of tableBytes. */
@unmanaged
export class BatchNormTables {
  factors: usize
  tableBytes: i32
}

/** Tables of `batchNormFactors` over channels: 1 / deviation, gain, pull and push. */
@inline
export const FACTOR_TABLES: i32 = 4

@unmanaged
export class BatchNormFactors extends BatchNormTables {
  eps: f64
  /** Read where there is a dgamma. */
  count: f64
  channels: i32
  variance: usize
  /** Or 0; and so are the next two, which go together. */
  gamma: usize
  dgamma: usize
  dbeta: usize
}

@unmanaged
export class BatchNormNormalizeVectors extends BatchNormTables {
  channels: i32
  x: usize
  beta: usize
  mean: usize
  y: usize
}

@unmanaged
export class BatchNormReduceVectors extends BatchNormTables {
  n: i32
  channels: i32
  dy: usize
  x: usize
  mean: usize
  dgamma: usize
  dbeta: usize
  /** Accumulators, LINE_SUMS_BYTES a thread. */
  scratch: usize
}

@unmanaged
export class BatchNormInputVectors extends BatchNormTables {
  channels: i32
  dy: usize
  x: usize
  mean: usize
  dx: usize
}

@unmanaged
export class BatchNormInputFixedVectors extends BatchNormTables {
  channels: i32
  dy: usize
  dx: usize
}
