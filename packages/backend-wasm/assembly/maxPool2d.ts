import { evens, loadPart, odds, storePart, zipHigh, zipLow } from './lib/lanes'
import { LANES, SHIFT } from './lib/simd'
import { splitRow, Window } from './lib/window'

/** The larger of a and b, or NaN where one is. Lanes that are equal keep a, so that -0 and 0 come out as in a loop. */
@inline
function larger(a: v128, b: v128): v128 {
  return v128.or(v128.pmax<real>(a, b), v128.ne<real>(b, b))
}

@inline
function isNaNIn(v: v128): bool {
  return v128.any_true(v128.ne<real>(v, v))
}

/** Of a window of height x width numbers: the address of the first that equals y, or of the first NaN where y is one. */
function winner(corner: usize, height: i32, width: i32, pitch: i32, y: real): usize {
  for (; height > 0; height--, corner += pitch) {
    const end = corner + (width << SHIFT)
    for (let at = corner; at < end; at += sizeof<real>()) {
      const x = load<real>(at)
      if (x == y || (x != x && y != y)) return at
    }
  }
  return corner
}

/** y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl]. A unit is a plane. */
export function maxPool2dForward(from: i32, to: i32, thread: i32, p: Window): void {
  const kW = p.kW
  const taps = p.taps
  const outBytes = p.outW << SHIFT
  const pitch = p.inW << SHIFT
  const phases = p.scratch + thread * p.scratchStride
  const row = phases + p.strideW * p.phase
  // Below every number, so padding never wins; where all are -infinity it does not matter which one does.
  const lowest = v128.splat<real>(<real>-Infinity)
  for (let at = phases; at < row; at += 16) v128.store(at, lowest)
  let y = p.y + from * p.outH * outBytes
  for (let plane = from; plane < to; plane++) {
    const x = p.x + plane * p.inH * pitch
    for (let out = 0; out < p.outH; out++) {
      const top = out * p.strideH - p.padTop
      const first = x + max(0, top) * pitch
      columnMaxima(first, pitch, min(p.inH, top + p.kH) - max(0, top), row, p.inW)
      splitRow(row, p.inW, phases, p.phase, p.strideW, p.padLeft)
      for (let q = 0; q < outBytes; q += 16) {
        let best = v128.load(phases + q)
        for (let j = 1; j < kW; j++) best = larger(best, v128.load(phases + q + load<i32>(taps + (j << 2))))
        if (outBytes - q >= 16) v128.store(y + q, best)
        else storePart(y + q, best, (outBytes - q) >> SHIFT)
      }
      y += outBytes
    }
  }
}

/** row[w] = the largest of column w, over `height` rows. */
function columnMaxima(x: usize, pitch: i32, height: i32, row: usize, width: i32): void {
  if (height == 1) {
    memory.copy(row, x, width << SHIFT)
    return
  }
  const end = width << SHIFT
  for (let w = 0; w < end; w += 16) {
    const part = (end - w) >> SHIFT
    let at = x + w
    if (part >= LANES) {
      let best = v128.load(at)
      for (let i = 1; i < height; i++) best = larger(best, v128.load((at += pitch)))
      v128.store(row + w, best)
    } else {
      let best = loadPart(at, part)
      for (let i = 1; i < height; i++) best = larger(best, loadPart((at += pitch), part))
      storePart(row + w, best, part)
    }
  }
}

/** dx[n,c,h,w] = sum of dy[n,c,p,q] over the windows whose first maximum, found by y, is x[n,c,h,w]. A unit is a plane. */
export function maxPool2dBackward(from: i32, to: i32, thread: i32, p: Window): void {
  const pitch = p.inW << SHIFT
  const plane = p.inH * pitch
  let y = p.y + ((from * p.outH * p.outW) << SHIFT)
  const dyFromY = p.dy - p.y
  const dxFromX = p.dx - p.x
  for (let x = p.x + from * plane, last = p.x + to * plane; x < last; x += plane) {
    memory.fill(x + dxFromX, 0, plane)
    for (let out = 0; out < p.outH; out++) {
      const top = out * p.strideH - p.padTop
      const first = x + max(0, top) * pitch
      const height = min(p.inH, top + p.kH) - max(0, top)
      for (let q = 0, left = -p.padLeft; q < p.outW; q++, left += p.strideW) {
        const width = min(p.inW, left + p.kW) - max(0, left)
        const dx = winner(first + (max(0, left) << SHIFT), height, width, pitch, load<real>(y)) + dxFromX
        store<real>(dx, load<real>(dx) + load<real>(y + dyFromY))
        y += sizeof<real>()
      }
    }
  }
}

/** Windows of 2x2 that tile the image. A unit is a row of y. */
export function maxPool2dForward2x2(from: i32, to: i32, thread: i32, p: Window): void {
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
export function maxPool2dBackward2x2(from: i32, to: i32, thread: i32, p: Window): void {
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
