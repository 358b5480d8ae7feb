import { LANES, madd, SHIFT } from '../lib/simd'
import { Geometry, vectors } from './geometry'
import { copyRun, pad } from './padded'

@unmanaged
class WeightGradient extends Geometry {
  n: i32
  /** Blocks of taps that a group is cut into, and taps of each, an even number. */
  blocks: i32
  blockTaps: i32
  /** Images of a chunk, and pixels of an image in it: one of the two is all there are or 1. */
  images: i32
  pixels: i32
  kW: i32
  dilationH: i32
  dilationW: i32
  /** Where each tap of a group is, in its channel's plane. */
  taps: usize
  dy: usize
  x: usize
  dw: usize
  scratch: usize
  scratchBytes: i32
}

/**
 * dw[f][t] = sum of dy[n][f][pixel] * (what tap t reads) over all images and pixels, with the pixels along the vectors:
 * chunks of pixels are gathered for a block of taps, then multiplied by dy four filters and two taps at a time. The
 * vector sums of the chunks are added up over the batch, and each vector's lanes at the very end. A unit is a block of
 * taps of a group.
 */
export function conv2dWeightGradient(from: i32, to: i32, thread: i32, p: WeightGradient): void {
  const groupC = p.groupC
  const groupF = p.groupF
  const area = p.area
  const k = groupC * area
  const outSize = p.outH * p.outW
  const inSize = p.inH * p.inW
  const filterPanels = (groupF + 3) >> 2
  const longest = vectors(p.images * p.pixels)
  const sums = p.scratch + thread * p.scratchBytes
  const filters = sums + ((filterPanels * (p.blockTaps >> 1)) << 7)
  const gathered = filters + (longest << 6)
  const padded = gathered + p.blockTaps * (longest << 4) + 16
  for (let unit = from; unit < to; unit++) {
    const g = unit / p.blocks
    const firstTap = (unit - g * p.blocks) * p.blockTaps
    const count = min(p.blockTaps, k - firstTap)
    const pairs = (count + 1) >> 1
    const firstC = firstTap / area
    const channels = (firstTap + count - 1) / area + 1 - firstC
    memory.fill(sums, 0, (filterPanels * pairs) << 7)
    for (let n = 0; n < p.n; n += p.images) {
      const images = min(p.images, p.n - n)
      const x = p.x + ((((n * p.groups + g) * groupC + firstC) * inSize) << SHIFT)
      const dy = p.dy + (((n * p.groups + g) * groupF * outSize) << SHIFT)
      const xStep = p.groups * groupC * inSize
      let image = x
      let imageStep = xStep
      if (p.copied) {
        imageStep = channels * p.plane
        for (let i = 0; i < images; i++)
          pad(p, channels, 0, x + ((i * xStep) << SHIFT), padded + ((i * imageStep) << SHIFT))
        image = padded
      }
      for (let s = 0; s < outSize; s += p.pixels) {
        const pixels = min(p.pixels, outSize - s)
        const steps = vectors(images * pixels)
        const firstRow = s / p.outW
        const q = s - firstRow * p.outW
        const start = image + ((firstRow * p.strideH * p.pitch + q) << SHIFT)
        for (let t = 0; t < count; t++) {
          const tap = firstTap + t
          const c = tap / area - firstC
          gather(
            start + ((c * p.plane) << SHIFT) + load<i32>(p.taps + ((tap - (c + firstC) * area) << 2)),
            imageStep << SHIFT,
            images,
            pixels,
            q,
            p.outW,
            (p.strideH * p.pitch) << SHIFT,
            gathered + t * (steps << 4),
          )
        }
        if (count & 1) memory.fill(gathered + count * (steps << 4), 0, steps << 4)
        for (let f = 0; f < groupF; f += 4) {
          interleave(
            dy + ((f * outSize + s) << SHIFT),
            outSize << SHIFT,
            min(4, groupF - f),
            (p.groups * groupF * outSize) << SHIFT,
            images,
            pixels,
            filters,
          )
          let sum = sums + (((f >> 2) * pairs) << 7)
          let row = gathered
          for (let i = 0; i < pairs; i++, sum += 128, row += steps << 5) dot(steps, filters, row, row + (steps << 4), sum)
        }
      }
    }
    for (let f = 0; f < groupF; f++)
      for (let t = 0; t < count; t++) {
        const sum = sums + ((((f >> 2) * pairs + (t >> 1)) * 8 + (f & 3) * 2 + (t & 1)) << 4)
        let total: real = 0
        for (let lane = 0; lane < LANES; lane++) total += load<real>(sum + (lane << SHIFT))
        // Zero padding times an infinity or a NaN of dy is a NaN that is not the tap's, because it reads nothing there.
        if (p.copied && !isFinite<real>(total)) total = sumInside(p, g, f, firstTap + t)
        store<real>(p.dw + (((g * groupF + f) * k + firstTap + t) << SHIFT), total)
      }
  }
}

/** Copies what a tap reads for `pixels` pixels from column `q` on, of each of `images` images, and fills up a vector. */
function gather(
  from: usize,
  imageStep: usize,
  images: i32,
  pixels: i32,
  q: i32,
  outW: i32,
  rowStep: usize,
  to: usize,
): void {
  for (let i = 0; i < images; i++) {
    let at = from + i * imageStep
    let left = pixels
    let run = min(left, outW - q)
    copyRun(to, at, run)
    to += run << SHIFT
    left -= run
    at += rowStep - (q << SHIFT)
    while (left > 0) {
      run = min(left, outW)
      copyRun(to, at, run)
      to += run << SHIFT
      left -= run
      at += rowStep
    }
  }
  for (; to & 15; to += 1 << SHIFT) store<real>(to, 0)
}

/** to[step][r][lane] = pixel step * LANES + lane of filter r; zero in filters that are not there and behind the end. */
function interleave(
  dy: usize,
  filterStep: usize,
  filters: i32,
  imageStep: usize,
  images: i32,
  pixels: i32,
  to: usize,
): void {
  const end = to + (vectors(images * pixels) << 6)
  for (let r = 0; r < 4; r++) {
    let at = to + (r << 4)
    if (r < filters) {
      let lane = 0
      for (let i = 0; i < images; i++) {
        const from = dy + r * filterStep + i * imageStep
        let s = 0
        if (lane == 0) for (; s <= pixels - LANES; s += LANES, at += 64) v128.store(at, v128.load(from + (s << SHIFT)))
        for (; s < pixels; s++) {
          store<real>(at + (lane << SHIFT), load<real>(from + (s << SHIFT)))
          if (++lane == LANES) {
            lane = 0
            at += 64
          }
        }
      }
      if (lane > 0) {
        for (; lane < LANES; lane++) store<real>(at + (lane << SHIFT), 0)
        at += 64
      }
    }
    for (; at < end; at += 64) v128.store(at, v128.splat<real>(0))
  }
}

/** sum[r][t] += filters[step][r] * tap t[step], lane by lane, for 4 filters and 2 taps. steps >= 1. */
function dot(steps: i32, filters: usize, tap0: usize, tap1: usize, sum: usize): void {
  const zero = v128.splat<real>(0)
  let c00 = zero
  let c01 = zero
  let c10 = zero
  let c11 = zero
  let c20 = zero
  let c21 = zero
  let c30 = zero
  let c31 = zero
  while (true) {
    const x0 = v128.load(tap0)
    const x1 = v128.load(tap1)
    let r = v128.load(filters)
    c00 = madd(r, x0, c00)
    c01 = madd(r, x1, c01)
    r = v128.load(filters, 16)
    c10 = madd(r, x0, c10)
    c11 = madd(r, x1, c11)
    r = v128.load(filters, 32)
    c20 = madd(r, x0, c20)
    c21 = madd(r, x1, c21)
    r = v128.load(filters, 48)
    c30 = madd(r, x0, c30)
    c31 = madd(r, x1, c31)
    tap0 += 16
    tap1 += 16
    filters += 64
    if (--steps == 0) break
  }
  v128.store(sum, v128.add<real>(v128.load(sum), c00))
  v128.store(sum, v128.add<real>(v128.load(sum, 16), c01), 16)
  v128.store(sum, v128.add<real>(v128.load(sum, 32), c10), 32)
  v128.store(sum, v128.add<real>(v128.load(sum, 48), c11), 48)
  v128.store(sum, v128.add<real>(v128.load(sum, 64), c20), 64)
  v128.store(sum, v128.add<real>(v128.load(sum, 80), c21), 80)
  v128.store(sum, v128.add<real>(v128.load(sum, 96), c30), 96)
  v128.store(sum, v128.add<real>(v128.load(sum, 112), c31), 112)
}

/** One element of dw, padding left out; a NaN ends it. */
function sumInside(p: WeightGradient, g: i32, f: i32, tap: i32): real {
  const c = tap / p.area
  const i = (tap - c * p.area) / p.kW
  const j = tap - c * p.area - i * p.kW
  const top = i * p.dilationH - p.padTop
  const left = j * p.dilationW - p.padLeft
  const pFrom = firstInside(top, p.strideH)
  const pTo = min(p.outH, firstInside(top - p.inH, p.strideH))
  const qFrom = firstInside(left, p.strideW)
  const qTo = min(p.outW, firstInside(left - p.inW, p.strideW))
  let sum: real = 0
  for (let n = 0; n < p.n; n++) {
    const ng = n * p.groups + g
    for (let row = pFrom; row < pTo; row++) {
      const dy = p.dy + ((((ng * p.groupF + f) * p.outH + row) * p.outW) << SHIFT)
      const x = p.x + ((((ng * p.groupC + c) * p.inH + row * p.strideH + top) * p.inW + left) << SHIFT)
      for (let q = qFrom; q < qTo; q++)
        sum += load<real>(dy + (q << SHIFT)) * load<real>(x + ((q * p.strideW) << SHIFT))
      if (sum != sum) return sum
    }
  }
  return sum
}

/** Of the positions start, start + step, ...: the index of the first that is at least 0. */
@inline
function firstInside(start: i32, step: i32): i32 {
  return start >= 0 ? 0 : (step - 1 - start) / step
}
