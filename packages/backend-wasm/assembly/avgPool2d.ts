import { loadPart, storePart } from './lib/lanes'
import { LANES, SHIFT } from './lib/simd'
import { addRow, joinRow, PoolWindow, splitRow } from './lib/window'

@unmanaged
class AvgPool2d extends PoolWindow {
  /** Place in a thread's own memory, in bytes from its start: a row of how many columns lie under each window. */
  widths: i32
  /** Whether padding counts into the divisor. */
  countIncludePad: bool
}

@unmanaged
class AvgPool2dForward extends AvgPool2d {
  x: usize
  y: usize
}

@unmanaged
class AvgPool2dBackward extends AvgPool2d {
  dy: usize
  dx: usize
  /** Likewise: zeros that stand for the windows before the first, and a phase of shares, with zeros behind the last. */
  before: i32
  shares: i32
}

/** y[n,c,p,q] = (1 / k[p,q]) * sum_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], zero outside x. A unit is a plane. */
export function avgPool2dForward(from: i32, to: i32, thread: i32, p: AvgPool2dForward): void {
  const kW = p.kW
  const taps = p.taps
  const outBytes = p.outW << SHIFT
  const pitch = p.inW << SHIFT
  const phases = p.scratch + thread * p.scratchBytes
  const row = phases + p.row
  const widths = phases + p.widths
  memory.fill(phases, 0, p.row)
  columnsUnder(p, widths)
  let y = p.y + from * p.outH * outBytes
  for (let plane = from; plane < to; plane++) {
    const x = p.x + plane * p.inH * pitch
    for (let out = 0; out < p.outH; out++) {
      const top = out * p.strideH - p.padTop
      const first = max(0, top)
      const height = min(p.inH, top + p.kH) - first
      columnSums(x + first * pitch, pitch, height, row, p.inW)
      splitRow(row, p.inW, phases, p.phase, p.strideW, p.padLeft)
      const rows = v128.splat<real>(<real>(p.countIncludePad ? p.kH : height))
      for (let q = 0; q < outBytes; q += 16) {
        let sum = v128.load(phases + q)
        for (let j = 1; j < kW; j++) sum = v128.add<real>(sum, v128.load(phases + q + load<i32>(taps + (j << 2))))
        const mean = v128.div<real>(sum, v128.mul<real>(rows, v128.load(widths + q)))
        if (outBytes - q >= 16) v128.store(y + q, mean)
        else storePart(y + q, mean, (outBytes - q) >> SHIFT)
      }
      y += outBytes
    }
  }
}

/** widths[q] = how many columns of x lie under window q, or kW where padding counts; 1 behind the last window. */
function columnsUnder(p: AvgPool2d, widths: usize): void {
  const end = (p.outW + LANES - 1) & -LANES
  for (let q = 0, left = -p.padLeft; q < end; q++, left += p.strideW) {
    const inside = p.countIncludePad ? p.kW : min(p.inW, left + p.kW) - max(0, left)
    store<real>(widths + (q << SHIFT), q < p.outW ? <real>inside : 1)
  }
}

/** row[w] = the sum of column w over `height` rows. */
function columnSums(x: usize, pitch: i32, height: i32, row: usize, width: i32): void {
  if (height == 1) {
    memory.copy(row, x, width << SHIFT)
    return
  }
  const end = width << SHIFT
  for (let w = 0; w < end; w += 16) {
    const part = (end - w) >> SHIFT
    let at = x + w
    if (part >= LANES) {
      let sum = v128.load(at)
      for (let i = 1; i < height; i++) sum = v128.add<real>(sum, v128.load((at += pitch)))
      v128.store(row + w, sum)
    } else {
      let sum = loadPart(at, part)
      for (let i = 1; i < height; i++) sum = v128.add<real>(sum, loadPart((at += pitch), part))
      storePart(row + w, sum, part)
    }
  }
}

/**
 * dx[n,c,h,w] = sum of dy[n,c,p,q] / k[p,q] over the windows that hold (h, w). A unit is a plane. Each row of dy is first
 * spread along columns, then added to the rows under its windows.
 */
export function avgPool2dBackward(from: i32, to: i32, thread: i32, p: AvgPool2dBackward): void {
  const outBytes = p.outW << SHIFT
  const pitch = p.inW << SHIFT
  const phases = p.scratch + thread * p.scratchBytes
  const row = phases + p.row
  const widths = phases + p.widths
  const shares = phases + p.shares
  memory.fill(phases + p.before, 0, p.shares + p.phase - p.before)
  columnsUnder(p, widths)
  let dy = p.dy + from * p.outH * outBytes
  for (let plane = from; plane < to; plane++) {
    const dx = p.dx + plane * p.inH * pitch
    let written = 0
    for (let out = 0; out < p.outH; out++) {
      const top = out * p.strideH - p.padTop
      const first = max(0, top)
      const end = min(p.inH, top + p.kH)
      const rows = v128.splat<real>(<real>(p.countIncludePad ? p.kH : end - first))
      for (let q = 0; q < outBytes; q += 16) {
        const k = v128.mul<real>(rows, v128.load(widths + q))
        const part = (outBytes - q) >> SHIFT
        v128.store(shares + q, v128.div<real>(part < LANES ? loadPart(dy + q, part) : v128.load(dy + q), k))
      }
      spread(p, shares, phases, row)
      if (first > written) memory.fill(dx + written * pitch, 0, (first - written) * pitch)
      for (let h = first; h < min(end, written); h++) addRow(row, dx + h * pitch, p.inW)
      for (let h = max(first, written); h < end; h++) memory.copy(dx + h * pitch, row, pitch)
      written = max(written, end)
      dy += outBytes
    }
    memory.fill(dx + written * pitch, 0, (p.inH - written) * pitch)
  }
}

/** row[w] = the sum of shares[q] over the windows q that hold column w. */
function spread(p: AvgPool2d, shares: usize, phases: usize, row: usize): void {
  const strideW = p.strideW
  const kW = p.kW
  const phase = p.phase
  for (let r = 0; r < strideW; r++) {
    const at = phases + r * phase
    for (let t = 0; t < phase; t += 16) {
      let sum = v128.splat<real>(0)
      for (let j = r, back = shares + t; j < kW; j += strideW, back -= sizeof<real>())
        sum = v128.add<real>(sum, v128.load(back))
      v128.store(at + t, sum)
    }
  }
  joinRow(phases, phase, strideW, p.padLeft, row, p.inW)
}
