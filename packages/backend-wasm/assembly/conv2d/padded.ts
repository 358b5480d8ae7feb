import { LANES, SHIFT } from '../lib/simd'
import { Conv2dGeometry } from './geometry'

/** Copies `count` numbers; nothing outside them is touched. */
@inline
export function copyRun(to: usize, from: usize, count: i32): void {
  if (count < LANES) {
    for (let i = 0; i < count; i++) store<real>(to + (i << SHIFT), load<real>(from + (i << SHIFT)))
    return
  }
  const last = (count - LANES) << SHIFT
  for (let i = 0; i < last; i += 16) v128.store(to + i, v128.load(from + i))
  v128.store(to + last, v128.load(from + last))
}

/** Room behind the last plane for what `pad` overwrites there. */
@inline
export const PAD_OVERRUN_BYTES: i32 = 16

/** Zeroes `count` numbers, and up to 12 bytes more. */
@inline
function zeroRun(to: usize, count: i32): void {
  const end = count << SHIFT
  for (let i = 0; i < end; i += 16) v128.store(to + i, v128.splat<real>(0))
}

/** Every second number of a row, from `from` on. */
@inline
function evens(from: usize): v128 {
  const a = v128.load(from)
  const b = v128.load(from, 16)
  if (sizeof<real>() == 4) return v128.shuffle<f32>(a, b, 0, 2, 4, 6)
  return v128.shuffle<f64>(a, b, 0, 2)
}

/**
 * Copies padded rows `top` to `top + p.rows` of `channels` planes at `image` to `to`, where up to 12 bytes more are
 * overwritten. Runs write beyond their ends what the next run puts right.
 */
export function pad(p: Conv2dGeometry, channels: i32, top: i32, image: usize, to: usize): void {
  const inH = p.inH
  const inW = p.inW
  const strideW = p.strideW
  const phase = p.phase
  const firstRow = top - p.padTop
  const rows = p.rows
  for (let c = 0; c < channels; c++) {
    let row = to + ((c * p.plane) << SHIFT)
    for (let r = firstRow; r < firstRow + rows; r++) {
      if (r < 0 || r >= inH) {
        zeroRun(row, p.pitch)
        row += p.pitch << SHIFT
        continue
      }
      const source = image + (((c * inH + r) * inW) << SHIFT)
      let ranges = p.phases
      for (let f = 0; f < strideW; f++) {
        const first = load<i32>(ranges)
        const end = load<i32>(ranges, 4)
        const from = source + (load<i32>(ranges, 8) << SHIFT)
        zeroRun(row, first)
        const inside = row + (first << SHIFT)
        if (strideW == 1) copyRun(inside, from, end - first)
        else stridedRun(inside, from, end - first, strideW)
        zeroRun(row + (end << SHIFT), phase - end)
        row += phase << SHIFT
        ranges += 12
      }
    }
  }
}

/** Copies every `stride`-th number. */
@inline
function stridedRun(to: usize, from: usize, count: i32, stride: i32): void {
  let i = 0
  // The last number's neighbour may lie outside the image.
  if (stride == 2) for (; i + LANES < count; i += LANES) v128.store(to + (i << SHIFT), evens(from + (i << (SHIFT + 1))))
  for (; i < count; i++) store<real>(to + (i << SHIFT), load<real>(from + ((i * stride) << SHIFT)))
}

/** The inverse of `pad` for whole planes: what lies inside the image, and 0 where no tap reads. */
export function crop(p: Conv2dGeometry, channels: i32, from: usize, image: usize): void {
  const inH = p.inH
  const inW = p.inW
  const strideW = p.strideW
  const phase = p.phase
  const padTop = p.padTop
  const covered = min(inW, max(0, phase * strideW - p.padLeft))
  for (let c = 0; c < channels; c++)
    for (let h = 0; h < inH; h++) {
      const target = image + (((c * inH + h) * inW) << SHIFT)
      const r = h + padTop
      if (r >= p.rows) {
        for (let i = 0; i < inW; i++) store<real>(target + (i << SHIFT), 0)
        continue
      }
      let row = from + ((c * p.plane + r * p.pitch) << SHIFT)
      let ranges = p.phases
      for (let f = 0; f < strideW; f++) {
        const first = load<i32>(ranges)
        const end = load<i32>(ranges, 4)
        const to = target + (load<i32>(ranges, 8) << SHIFT)
        const inside = row + (first << SHIFT)
        if (strideW == 1) copyRun(to, inside, end - first)
        else
          for (let i = 0; i < end - first; i++)
            store<real>(to + ((i * strideW) << SHIFT), load<real>(inside + (i << SHIFT)))
        row += phase << SHIFT
        ranges += 12
      }
      for (let i = covered; i < inW; i++) store<real>(target + (i << SHIFT), 0)
    }
}
