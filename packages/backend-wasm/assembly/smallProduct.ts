import { LANES, madd, rectified, SHIFT } from './lib/simd'

/** C = A op(B) (+ bias) (then ReLU), for fewer rows, or a smaller K, than packing pays for. */
@unmanaged
class SmallProduct {
  m: i32
  n: i32
  k: i32
  a: usize
  /** Bytes from a row of A to the next, and from a k to the next. */
  aRow: i32
  aStep: i32
  b: usize
  c: usize
  bias: usize
  /** Bytes from a column's bias to the next: 0 where all have the same. */
  biasStep: i32
  relu: bool
  /** Columns of a unit. */
  columns: i32
}

@unmanaged
class SmallProductRows extends SmallProduct {
  /** Rows of a unit, and units that lie side by side. */
  rows: i32
  across: i32
}

/** C[i][j] = sum_k A[i][k] B[k][j]: rows of B are added up, four at a time. */
export function smallProductRows(from: i32, to: i32, thread: i32, p: SmallProductRows): void {
  for (let unit = from; unit < to; unit++) {
    const down = unit / p.across
    const column = (unit - down * p.across) * p.columns
    addRows(p, down * p.rows, min(p.m, (down + 1) * p.rows), column, min(p.columns, p.n - column))
  }
}

function addRows(p: SmallProduct, firstRow: i32, lastRow: i32, column: i32, columns: i32): void {
  const offset = <usize>(column << SHIFT)
  const stride = <usize>(p.n << SHIFT)
  let begin = p.bias ? p.bias + offset : 0
  for (let k = 0; k < p.k; k += 4) {
    const steps = min(4, p.k - k)
    const relu = k + steps == p.k && p.relu
    const b = p.b + <usize>k * stride + offset
    for (let i = firstRow; i < lastRow; i++) {
      const c = p.c + <usize>i * stride + offset
      const a = p.a + <usize>i * <usize>p.aRow + <usize>k * <usize>p.aStep
      addFour(c, k > 0 ? c : begin, a, <usize>p.aStep, b, stride, steps, columns, relu)
    }
  }
}

/** c = begin (or 0) + up to four multiples of rows of B. */
function addFour(
  c: usize,
  begin: usize,
  a: usize,
  aStep: usize,
  b: usize,
  stride: usize,
  steps: i32,
  columns: i32,
  relu: bool,
): void {
  const zero = v128.splat<real>(0)
  const a0 = v128.load_splat<real>(a)
  const a1 = steps > 1 ? v128.load_splat<real>(a + aStep) : zero
  const a2 = steps > 2 ? v128.load_splat<real>(a + 2 * aStep) : zero
  const a3 = steps > 3 ? v128.load_splat<real>(a + 3 * aStep) : zero
  const b1 = b + stride
  const b2 = b1 + stride
  const b3 = b2 + stride
  const end = <usize>(columns << SHIFT)
  let j: usize = 0
  for (; j + 16 <= end; j += 16) {
    let sum = begin ? v128.load(begin + j) : zero
    sum = madd(a0, v128.load(b + j), sum)
    if (steps > 1) sum = madd(a1, v128.load(b1 + j), sum)
    if (steps > 2) sum = madd(a2, v128.load(b2 + j), sum)
    if (steps > 3) sum = madd(a3, v128.load(b3 + j), sum)
    if (relu) sum = rectified(sum)
    v128.store(c + j, sum)
  }
  // The last columns go one to a vector, so that they round as the others do.
  for (; j < end; j += sizeof<real>()) {
    let sum = begin ? v128.load_splat<real>(begin + j) : zero
    sum = madd(a0, v128.load_splat<real>(b + j), sum)
    if (steps > 1) sum = madd(a1, v128.load_splat<real>(b1 + j), sum)
    if (steps > 2) sum = madd(a2, v128.load_splat<real>(b2 + j), sum)
    if (steps > 3) sum = madd(a3, v128.load_splat<real>(b3 + j), sum)
    if (relu) sum = rectified(sum)
    store<real>(c + j, v128.extract_lane<real>(sum, 0))
  }
}

/** C[i][j] = sum_k A[i][k] B[j][k]: a dot product each. Units of columns. */
export function smallProductDots(from: i32, to: i32, thread: i32, p: SmallProduct): void {
  const stride = <usize>(p.k << SHIFT)
  const last = min(p.n, to * p.columns)
  for (let j = from * p.columns; j < last; j += 4) {
    const b = p.b + <usize>j * stride
    const columns = min(4, last - j)
    for (let i = 0; i < p.m; i++) {
      const c = p.c + <usize>((i * p.n + j) << SHIFT)
      dotFour(p, p.a + <usize>i * <usize>p.aRow, b, stride, columns, c, j)
    }
  }
}

function dotFour(p: SmallProduct, a: usize, b: usize, stride: usize, columns: i32, c: usize, j: i32): void {
  // Columns that do not exist repeat the first.
  let b1 = b + (columns > 1 ? stride : 0)
  let b2 = b + (columns > 2 ? 2 * stride : 0)
  let b3 = b + (columns > 3 ? 3 * stride : 0)
  let s0 = v128.splat<real>(0)
  let s1 = s0
  let s2 = s0
  let s3 = s0
  let t0 = s0
  let t1 = s0
  let t2 = s0
  let t3 = s0
  let k = p.k
  for (; k >= 2 * LANES; k -= 2 * LANES) {
    let x = v128.load(a)
    s0 = madd(x, v128.load(b), s0)
    s1 = madd(x, v128.load(b1), s1)
    s2 = madd(x, v128.load(b2), s2)
    s3 = madd(x, v128.load(b3), s3)
    x = v128.load(a, 16)
    t0 = madd(x, v128.load(b, 16), t0)
    t1 = madd(x, v128.load(b1, 16), t1)
    t2 = madd(x, v128.load(b2, 16), t2)
    t3 = madd(x, v128.load(b3, 16), t3)
    a += 32
    b += 32
    b1 += 32
    b2 += 32
    b3 += 32
  }
  let sum0 = total(v128.add<real>(s0, t0))
  let sum1 = total(v128.add<real>(s1, t1))
  let sum2 = total(v128.add<real>(s2, t2))
  let sum3 = total(v128.add<real>(s3, t3))
  for (; k > 0; k--) {
    const x = load<real>(a)
    sum0 += x * load<real>(b)
    sum1 += x * load<real>(b1)
    sum2 += x * load<real>(b2)
    sum3 += x * load<real>(b3)
    a += sizeof<real>()
    b += sizeof<real>()
    b1 += sizeof<real>()
    b2 += sizeof<real>()
    b3 += sizeof<real>()
  }
  finish(p, sum0, c, j)
  if (columns > 1) finish(p, sum1, c + sizeof<real>(), j + 1)
  if (columns > 2) finish(p, sum2, c + 2 * sizeof<real>(), j + 2)
  if (columns > 3) finish(p, sum3, c + 3 * sizeof<real>(), j + 3)
}

function finish(p: SmallProduct, sum: real, c: usize, j: i32): void {
  if (p.bias) sum += load<real>(p.bias + <usize>j * <usize>p.biasStep)
  store<real>(c, p.relu && sum <= 0 ? 0 : sum)
}

@inline
function total(v: v128): real {
  if (sizeof<real>() == 4) v = v128.add<real>(v, v128.shuffle<f64>(v, v, 1, 0))
  const sum = v128.extract_lane<real>(v, 0) + v128.extract_lane<real>(v, 1)
  return sum
}
