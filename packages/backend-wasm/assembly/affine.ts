import { loadUpTo, storeUpTo } from './lib/lanes'
import { LANES, LINE, SHIFT } from './lib/simd'

@unmanaged
class AffineBias {
  n: i32
  outSize: i32
  dy: usize
  db: usize
}

/** Rows that are summed before their sum goes to the total: it bounds the error of long sums. */
@inline
const ROWS: i32 = 64

/** db[m] = sum_n dy[n,m]. Units of 64 bytes of db. */
export function affineBackwardBias(from: i32, to: i32, thread: i32, p: AffineBias): void {
  const width = LINE >> SHIFT
  const end = min(to * width, p.outSize)
  let m = from * width
  for (; m <= end - width; m += width) sumFour(m, p)
  for (; m < end; m += LANES) sumUpTo(m, end - m, p)
}

function sumFour(m: i32, p: AffineBias): void {
  const stride = <usize>(p.outSize << SHIFT)
  const zero = v128.splat<real>(0)
  let a = zero
  let b = zero
  let c = zero
  let d = zero
  let row = p.dy + (m << SHIFT)
  for (let n = 0; n < p.n; n += ROWS) {
    let s = zero
    let t = zero
    let u = zero
    let v = zero
    for (let i = min(ROWS, p.n - n); i > 0; i--) {
      s = v128.add<real>(s, v128.load(row))
      t = v128.add<real>(t, v128.load(row, 16))
      u = v128.add<real>(u, v128.load(row, 32))
      v = v128.add<real>(v, v128.load(row, 48))
      row += stride
    }
    a = v128.add<real>(a, s)
    b = v128.add<real>(b, t)
    c = v128.add<real>(c, u)
    d = v128.add<real>(d, v)
  }
  const db = p.db + (m << SHIFT)
  v128.store(db, a)
  v128.store(db, b, 16)
  v128.store(db, c, 32)
  v128.store(db, d, 48)
}

function sumUpTo(m: i32, columns: i32, p: AffineBias): void {
  const stride = <usize>(p.outSize << SHIFT)
  const zero = v128.splat<real>(0)
  let total = zero
  let row = p.dy + (m << SHIFT)
  for (let n = 0; n < p.n; n += ROWS) {
    let sum = zero
    for (let i = min(ROWS, p.n - n); i > 0; i--) {
      sum = v128.add<real>(sum, loadUpTo(row, columns))
      row += stride
    }
    total = v128.add<real>(total, sum)
  }
  storeUpTo(p.db + (m << SHIFT), total, columns)
}
