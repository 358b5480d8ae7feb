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
    if (LANES == 4) transposeFour(a, b, c, d, to, step)
    else {
      v128.store(to, zipLow(a, b))
      v128.store(to, zipLow(c, d), 16)
      v128.store(to + step, zipHigh(a, b))
      v128.store(to + step, zipHigh(c, d), 16)
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

/** Packs 8 rows of float32 side by side: to[i][r] = from[r][i] for i < k. A cache line is written whole. */
export function packEight(from: usize, stride: usize, k: i32, to: usize): void {
  let far = from + 4 * stride
  const s2 = 2 * stride
  const s3 = 3 * stride
  for (; k >= 4; k -= 4) {
    transposeFour(v128.load(from), v128.load(from + stride), v128.load(from + s2), v128.load(from + s3), to, 32)
    transposeFour(v128.load(far), v128.load(far + stride), v128.load(far + s2), v128.load(far + s3), to + 16, 32)
    to += 128
    from += 16
    far += 16
  }
  for (; k > 0; k--) {
    for (let r: usize = 0; r < 4; r++) {
      store<real>(to + 4 * r, load<real>(from + r * stride))
      store<real>(to + 4 * r, load<real>(far + r * stride), 16)
    }
    to += 32
    from += 4
    far += 4
  }
}

@inline
function transposeFour(a: v128, b: v128, c: v128, d: v128, to: usize, step: usize): void {
  const abLow = zipLow(a, b)
  const cdLow = zipLow(c, d)
  const abHigh = zipHigh(a, b)
  const cdHigh = zipHigh(c, d)
  v128.store(to, v128.shuffle<f64>(abLow, cdLow, 0, 2))
  v128.store(to + step, v128.shuffle<f64>(abLow, cdLow, 1, 3))
  v128.store(to + 2 * step, v128.shuffle<f64>(abHigh, cdHigh, 0, 2))
  v128.store(to + 3 * step, v128.shuffle<f64>(abHigh, cdHigh, 1, 3))
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
      } else if (i > 1) {
        // Two rows at once: a cache line of a panel is written whole.
        const next = source + stride
        let offset: usize = 0
        for (let j = full; j > 0; j--) {
          v128.store(target, v128.load(source + offset))
          v128.store(target, v128.load(source + offset, 16), 16)
          v128.store(target, v128.load(next + offset), 32)
          v128.store(target, v128.load(next + offset, 16), 48)
          offset += 32
          target += panel
        }
        row += stride
        at += step
        i--
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
