import { evens, odds, zipHigh, zipLow } from '../lib/lanes'
import { SHIFT } from '../lib/simd'
import { larger, winner } from './choice'

@unmanaged
class MaxPool2dTiles {
  inH: i32
  inW: i32
  outH: i32
  outW: i32
  x: usize
  y: usize
}

@unmanaged
class MaxPool2dTilesBackward extends MaxPool2dTiles {
  dy: usize
  dx: usize
}

/** Windows of 2x2 that tile the image. A unit is a row of y. */
export function maxPool2dForward2x2(from: i32, to: i32, thread: i32, p: MaxPool2dTiles): void {
  const outBytes = p.outW << SHIFT
  const pitch = p.inW << SHIFT
  const image = from / p.outH
  let row = from - image * p.outH
  let x = p.x + (image * p.inH + 2 * row) * pitch
  let y = p.y + from * outBytes
  for (let u = from; u < to; u++) {
    maxima2x2(x, x + pitch, y, outBytes)
    y += outBytes
    x += 2 * pitch
    if (++row == p.outH) {
      row = 0
      x += (p.inH - 2 * p.outH) * pitch
    }
  }
}

/** One row of y from two of x. */
@inline
function maxima2x2(x0: usize, x1: usize, y: usize, bytes: i32): void {
  let q = 0
  for (; q <= bytes - 16; q += 16) {
    const a = v128.load(x0 + 2 * q)
    const b = v128.load(x0 + 2 * q, 16)
    const c = v128.load(x1 + 2 * q)
    const d = v128.load(x1 + 2 * q, 16)
    v128.store(y + q, larger(larger(larger(evens(a, b), odds(a, b)), evens(c, d)), odds(c, d)))
  }
  for (; q < bytes; q += <i32>sizeof<real>()) {
    const row0 = x0 + 2 * q
    const row1 = x1 + 2 * q
    let best = load<real>(row0)
    let next = load<real>(row0, sizeof<real>())
    if (!(next <= best) && best == best) best = next
    next = load<real>(row1)
    if (!(next <= best) && best == best) best = next
    next = load<real>(row1, sizeof<real>())
    if (!(next <= best) && best == best) best = next
    store<real>(y + q, best)
  }
}

/** Windows of 2x2 that tile the image. A unit is a row of y. */
export function maxPool2dBackward2x2(from: i32, to: i32, thread: i32, p: MaxPool2dTilesBackward): void {
  const outBytes = p.outW << SHIFT
  const pitch = p.inW << SHIFT
  const image = from / p.outH
  const dxFromX = p.dx - p.x
  const dyFromY = p.dy - p.y
  const odd = p.inW & 1
  const below = (p.inH - 2 * p.outH) * pitch
  let row = from - image * p.outH
  let x = p.x + (image * p.inH + 2 * row) * pitch
  let y = p.y + from * outBytes
  for (let u = from; u < to; u++) {
    gradient2x2(x, x + pitch, y, y + dyFromY, x + dxFromX, x + pitch + dxFromX, outBytes)
    y += outBytes
    x += 2 * pitch
    if (odd) {
      store<real>(x + dxFromX - pitch - sizeof<real>(), 0)
      store<real>(x + dxFromX - sizeof<real>(), 0)
    }
    if (++row == p.outH) {
      row = 0
      memory.fill(x + dxFromX, 0, below)
      x += below
    }
  }
}

@inline
function isNaNIn(v: v128): bool {
  return v128.any_true(v128.ne<real>(v, v))
}

/** Two rows of dx from one of dy. */
@inline
function gradient2x2(x0: usize, x1: usize, y: usize, dy: usize, dx0: usize, dx1: usize, bytes: i32): void {
  let q = 0
  while (q < bytes) {
    if (q > bytes - 16 || isNaNIn(v128.load(y + q))) {
      const end = min(bytes, q + 16)
      for (; q < end; q += <i32>sizeof<real>()) scalarGradient2x2(x0, x1, y, dy, dx0, dx1, q)
      continue
    }
    const best = v128.load(y + q)
    const a = v128.load(x0 + 2 * q)
    const b = v128.load(x0 + 2 * q, 16)
    const c = v128.load(x1 + 2 * q)
    const d = v128.load(x1 + 2 * q, 16)
    let left = v128.load(dy + q)
    let won = v128.eq<real>(evens(a, b), best)
    const g0 = v128.and(left, won)
    left = v128.andnot(left, won)
    won = v128.eq<real>(odds(a, b), best)
    const g1 = v128.and(left, won)
    left = v128.andnot(left, won)
    v128.store(dx0 + 2 * q, zipLow(g0, g1))
    v128.store(dx0 + 2 * q, zipHigh(g0, g1), 16)
    won = v128.eq<real>(evens(c, d), best)
    const g2 = v128.and(left, won)
    left = v128.andnot(left, won)
    v128.store(dx1 + 2 * q, zipLow(g2, left))
    v128.store(dx1 + 2 * q, zipHigh(g2, left), 16)
    q += 16
  }
}

function scalarGradient2x2(x0: usize, x1: usize, y: usize, dy: usize, dx0: usize, dx1: usize, q: i32): void {
  const at = winner(x0 + 2 * q, 2, 2, <i32>(x1 - x0), load<real>(y + q))
  store<real>(dx0 + 2 * q, 0)
  store<real>(dx0 + 2 * q, 0, sizeof<real>())
  store<real>(dx1 + 2 * q, 0)
  store<real>(dx1 + 2 * q, 0, sizeof<real>())
  store<real>(at + (dx0 - x0), load<real>(dy + q))
}
