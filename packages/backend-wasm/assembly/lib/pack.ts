import { loadUpTo, zipHigh, zipLow } from './lanes'
import { LANES, SHIFT } from './simd'

/**
 * Packs up to 4 rows of a matrix side by side: to[i][r] = from[r][i] for i < k, `stride` bytes from row to row and
 * `step` bytes from to[i] to to[i + 1]. Missing rows repeat the first, so that a panel holds nothing but real values.
 */
export function packRows(from: usize, stride: usize, rows: i32, k: i32, to: usize, step: usize): void {
  const row1 = rows > 1 ? stride : 0
  const row2 = rows > 2 ? 2 * stride : 0
  const row3 = rows > 3 ? 3 * stride : 0
  for (; k >= LANES; k -= LANES) {
    const a = v128.load(from)
    const b = v128.load(from + row1)
    const c = v128.load(from + row2)
    const d = v128.load(from + row3)
    const abLow = zipLow(a, b)
    const cdLow = zipLow(c, d)
    const abHigh = zipHigh(a, b)
    const cdHigh = zipHigh(c, d)
    if (LANES == 4) {
      v128.store(to, v128.shuffle<f64>(abLow, cdLow, 0, 2))
      v128.store(to + step, v128.shuffle<f64>(abLow, cdLow, 1, 3))
      v128.store(to + 2 * step, v128.shuffle<f64>(abHigh, cdHigh, 0, 2))
      v128.store(to + 3 * step, v128.shuffle<f64>(abHigh, cdHigh, 1, 3))
    } else {
      v128.store(to, abLow)
      v128.store(to, cdLow, 16)
      v128.store(to + step, abHigh)
      v128.store(to + step, cdHigh, 16)
    }
    to += LANES * step
    from += 16
  }
  for (; k > 0; k--) {
    store<real>(to, load<real>(from))
    store<real>(to, load<real>(from + row1), sizeof<real>())
    store<real>(to, load<real>(from + row2), 2 * sizeof<real>())
    store<real>(to, load<real>(from + row3), 3 * sizeof<real>())
    from += sizeof<real>()
    to += step
  }
}

/**
 * Packs `columns` columns of a matrix into panels of `width` numbers a step, one behind the other:
 * to[panel][i][c] = from[i][panel * width + c] for i < k, `stride` bytes from row to row. Missing columns are 0.
 */
export function packColumns(from: usize, stride: usize, columns: i32, k: i32, to: usize, width: i32): void {
  const step = width << SHIFT
  const panel = step * k
  const full = columns / width
  // Row by row over all panels: a cache line, and a page, is looked up once.
  if (full > 0) {
    let row = from
    let at = to
    for (let i = k; i > 0; i--) {
      let source = row
      let target = at
      if (step == 16) {
        for (let j = full; j > 0; j--) {
          v128.store(target, v128.load(source))
          source += 16
          target += panel
        }
      } else {
        for (let j = full; j > 0; j--) {
          v128.store(target, v128.load(source))
          v128.store(target, v128.load(source, 16), 16)
          source += 32
          target += panel
        }
      }
      row += stride
      at += step
    }
  }
  const rest = columns - full * width
  if (rest > 0) packTail(from + full * step, stride, rest, k, to + full * panel, step)
}

/** One panel, of which only `columns` columns exist. */
function packTail(from: usize, stride: usize, columns: i32, k: i32, to: usize, step: usize): void {
  const zero = v128.splat<real>(0)
  for (; k > 0; k--) {
    v128.store(to, loadUpTo(from, columns))
    if (step == 32) v128.store(to, columns > LANES ? loadUpTo(from + 16, columns - LANES) : zero, 16)
    from += stride
    to += step
  }
}
