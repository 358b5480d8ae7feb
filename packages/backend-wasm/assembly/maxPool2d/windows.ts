import { loadPart, storePart } from '../lib/lanes'
import { LANES, SHIFT } from '../lib/simd'
import { PoolWindow, splitRow } from '../lib/window'
import { larger, winner } from './choice'

@unmanaged
class MaxPool2dForward extends PoolWindow {
  x: usize
  y: usize
}

@unmanaged
class MaxPool2dBackward extends PoolWindow {
  x: usize
  y: usize
  dy: usize
  dx: usize
}

/** y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl]. A unit is a plane. */
export function maxPool2dForward(from: i32, to: i32, thread: i32, p: MaxPool2dForward): void {
  const kW = p.kW
  const taps = p.taps
  const outBytes = p.outW << SHIFT
  const pitch = p.inW << SHIFT
  const phases = p.scratch + thread * p.scratchBytes
  const row = phases + p.row
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

/**
 * dx[n,c,h,w] = sum of dy[n,c,p,q] over the windows whose first maximum, found by y, is x[n,c,h,w]. A unit is a plane.
 *
 * Searching again costs less than keeping forward's finds would. A vector holds the least offset in the window that
 * equals y, for neighbouring windows; where none does, y is NaN.
 */
export function maxPool2dBackward(from: i32, to: i32, thread: i32, p: MaxPool2dBackward): void {
  const pitch = p.inW << SHIFT
  const split = p.scratch + thread * p.scratchBytes
  const splitPitch = p.strideW * p.phase
  const found = split + p.row
  // Padding equals nothing.
  const nan = v128.splat<real>(<real>NaN)
  for (let at = split, end = found; at < end; at += 16) v128.store(at, nan)
  let y = p.y + ((from * p.outH * p.outW) << SHIFT)
  for (let plane = from; plane < to; plane++) {
    const x = p.x + plane * p.inH * pitch
    const dx = p.dx + plane * p.inH * pitch
    memory.fill(dx, 0, p.inH * pitch)
    if (p.outW >= LANES)
      for (let h = 0; h < p.inH; h++)
        splitRow(x + h * pitch, p.inW, split + h * splitPitch, p.phase, p.strideW, p.padLeft)
    for (let out = 0; out < p.outH; out++) {
      const top = out * p.strideH - p.padTop
      const first = max(0, top)
      const height = min(p.inH, top + p.kH) - first
      const corner = x + first * pitch
      if (p.outW < LANES) for (let q = 0; q < p.outW; q++) giveToWinner(p, corner, height, q, y + (q << SHIFT))
      // The last vector overlaps the one before: a window that had its turn is left out.
      else
        for (let done = 0; done < p.outW; done += LANES) {
          const q = min(done, p.outW - LANES)
          const rows = split + first * splitPitch + (q << SHIFT)
          giveToWinners(p, rows, height, q, done - q, corner, y + (q << SHIFT), found)
        }
      y += p.outW << SHIFT
    }
  }
}

/**
 * LANES windows from column q on, but for the first few, `skipped`; `rows` is where the first tap of window q stands,
 * `x` the first row under it.
 */
function giveToWinners(
  p: MaxPool2dBackward,
  rows: usize,
  height: i32,
  q: i32,
  skipped: i32,
  x: usize,
  y: usize,
  found: usize,
): void {
  const best = v128.load(y)
  const kW = p.kW
  const taps = p.taps
  const pitch = p.inW << SHIFT
  const splitPitch = p.strideW * p.phase
  let won = i32x4.splat(-1)
  for (let offset = 0, end = height * pitch; offset < end; offset += pitch, rows += splitPitch)
    for (let j = 0; j < kW; j++) {
      const differs = v128.ne<real>(v128.load(rows + load<i32>(taps + (j << 2))), best)
      won = i32x4.min_u(won, v128.or(differs, i32x4.splat(offset + (j << SHIFT))))
    }
  const corner = x + (p.dx - p.x) + ((q * p.strideW - p.padLeft) << SHIFT)
  const step = p.strideW << SHIFT
  const dy = y + (p.dy - p.y)
  if (skipped == 0 && i32x4.all_true(i32x4.ne(won, i32x4.splat(-1)))) {
    addTo(corner + i32x4.extract_lane(won, 0), dy)
    if (LANES == 4) {
      addTo(corner + step + i32x4.extract_lane(won, 1), dy + sizeof<real>())
      addTo(corner + 2 * step + i32x4.extract_lane(won, 2), dy + 2 * sizeof<real>())
      addTo(corner + 3 * step + i32x4.extract_lane(won, 3), dy + 3 * sizeof<real>())
    } else addTo(corner + step + i32x4.extract_lane(won, 2), dy + sizeof<real>())
    return
  }
  v128.store(found, won)
  for (let l = skipped; l < LANES; l++) {
    const offset = load<i32>(found + (l << SHIFT))
    if (offset >= 0) addTo(corner + l * step + offset, dy + (l << SHIFT))
    else giveToWinner(p, x, height, q + l, y + (l << SHIFT))
  }
}

/** One window, looked for in x itself. */
function giveToWinner(p: MaxPool2dBackward, x: usize, height: i32, q: i32, y: usize): void {
  const left = q * p.strideW - p.padLeft
  const first = max(0, left)
  const width = min(p.inW, left + p.kW) - first
  const at = winner(x + (first << SHIFT), height, width, p.inW << SHIFT, load<real>(y))
  addTo(at + (p.dx - p.x), y + (p.dy - p.y))
}

@inline
function addTo(dx: usize, dy: usize): void {
  store<real>(dx, load<real>(dx) + load<real>(dy))
}
