import { FILTER_VECTORS_BYTES, GATHERED_TAPS, TAP_ROW_BYTES } from '../layout'
import { LANES, SHIFT } from '../lib/simd'
import { MR } from '../lib/tile'
import { dot, dotOne } from './dot'
import { Conv2dGeometry, vectors } from './geometry'
import { copyRun, pad } from './padded'

@unmanaged
class Conv2dWeightGradient extends Conv2dGeometry {
  n: i32
  /** Parts of the batch, and blocks of taps that a group is cut into. */
  slices: i32
  blocks: i32
  /** Taps of a block, an even number. */
  blockTaps: i32
  /** Images of a chunk, and pixels of an image in it: whole images, or a part of one. */
  images: i32
  pixels: i32
  /** True where chunks are whole rows of whole vectors of one image, so that nothing need be gathered. */
  direct: bool
  kW: i32
  dilationH: i32
  dilationW: i32
  /** Where each tap of a channel is, in the channel's plane. */
  taps: usize
  dy: usize
  x: usize
  /** dw of each slice. */
  partial: usize
  dw: usize
  /**
   * Memory of each thread, and places in it, in bytes from its start: vectors of sums, rows that are gathered, the
   * addresses of as many taps, interleaved filters, padded planes.
   */
  scratch: usize
  scratchBytes: i32
  gathered: i32
  addresses: i32
  filters: i32
  padded: i32
}

/**
 * partial[slice][f][t] = sum of dy[n][f][pixel] * (what tap t reads) over the pixels of a slice of the batch. Pixels
 * run along the vectors: of each chunk of pixels, dy is interleaved by four filters, what the taps read is gathered
 * where it does not lie in whole vectors, and `dot` adds to vectors of sums, whose lanes are added up at the end. A unit
 * is a block of taps of a group of a slice.
 */
export function conv2dWeightGradient(from: i32, to: i32, thread: i32, p: Conv2dWeightGradient): void {
  const groupF = p.groupF
  const area = p.area
  const k = p.groupC * area
  const outSize = p.outH * p.outW
  const rowStep = (p.strideH * p.pitch) << SHIFT
  const xStep = p.inC() * p.inH * p.inW
  const dyStep = p.outC() * outSize
  const filterPanels = (groupF + MR - 1) / MR
  const sums = p.scratch + thread * p.scratchBytes
  const gathered = sums + p.gathered
  const addresses = sums + p.addresses
  const filters = sums + p.filters
  const padded = sums + p.padded
  for (let unit = from; unit < to; unit++) {
    const slice = unit / (p.groups * p.blocks)
    const g = unit / p.blocks - slice * p.groups
    const firstTap = (unit % p.blocks) * p.blockTaps
    const taps = min(p.blockTaps, k - firstTap)
    const firstC = firstTap / area
    const channels = (firstTap + taps - 1) / area + 1 - firstC
    const pairs = (taps + 1) >> 1
    memory.fill(sums, 0, filterPanels * pairs * 2 * FILTER_VECTORS_BYTES)
    const end = <i32>((<i64>(slice + 1) * p.n) / p.slices)
    for (let n = <i32>((<i64>slice * p.n) / p.slices); n < end; n += p.images) {
      const images = min(p.images, end - n)
      const dy = p.dy + ((n * dyStep + g * groupF * outSize) << SHIFT)
      let image = p.x + ((n * xStep + (g * p.groupC + firstC) * p.inH * p.inW) << SHIFT)
      let imageStep = xStep
      if (p.copied) {
        imageStep = channels * p.plane
        for (let i = 0; i < images; i++)
          pad(p, channels, 0, image + ((i * xStep) << SHIFT), padded + ((i * imageStep) << SHIFT))
        image = padded
      }
      for (let s = 0; s < outSize; s += p.pixels) {
        const pixels = min(p.pixels, outSize - s)
        const steps = vectors(images * pixels)
        for (let f = 0; f < groupF; f += MR)
          interleave(
            dy + ((f * outSize + s) << SHIFT),
            outSize << SHIFT,
            min(MR, groupF - f),
            dyStep << SHIFT,
            images,
            pixels,
            filters + f * (steps << 4),
          )
        const row = s / p.outW
        const q = s - row * p.outW
        const start = image + row * rowStep + (q << SHIFT)
        for (let t0 = 0; t0 < taps; t0 += GATHERED_TAPS) {
          const count = min(GATHERED_TAPS, taps - t0)
          for (let t = 0; t < count; t++) {
            const c = (firstTap + t0 + t) / area
            const offset = load<i32>(p.taps + ((firstTap + t0 + t - c * area) << 2))
            let at = start + (((c - firstC) * p.plane) << SHIFT) + offset
            if (!p.direct) {
              gather(at, imageStep << SHIFT, images, pixels, q, p.outW, rowStep, gathered + t * TAP_ROW_BYTES)
              at = gathered + t * TAP_ROW_BYTES
            }
            store<usize>(addresses + (t << 2), at)
            // The last one's partners, where it has none: those sums are not used.
            for (let i = 4; i < 16; i += 4) store<usize>(addresses + (t << 2) + i, at)
          }
          const rows = p.direct ? pixels / p.outW : 1
          const rowSteps = p.direct ? vectors(p.outW) : steps
          const gap = rowStep - (rowSteps << 4)
          for (let f = 0; f < filterPanels; f++) {
            const own = filters + f * steps * FILTER_VECTORS_BYTES
            const sum = sums + (f * pairs + (t0 >> 1)) * 2 * FILTER_VECTORS_BYTES
            const step = groupF == 1 ? 4 : 2
            for (let t = 0; t < count; t += step) {
              const at = addresses + (t << 2)
              const tap0 = load<usize>(at)
              const tap1 = load<usize>(at, 4)
              if (step == 2) dot(rows, rowSteps, gap, own, tap0, tap1, sum + (t << 6))
              else dotOne(rows, rowSteps, gap, own, tap0, tap1, load<usize>(at, 8), load<usize>(at, 12), sum + (t << 6))
            }
          }
        }
      }
    }
    for (let f = 0; f < groupF; f++)
      for (let t = 0; t < taps; t++) {
        const sum = sums + ((((f >> 2) * pairs + (t >> 1)) * 8 + (f & 3) * 2 + (t & 1)) << 4)
        let total: real = 0
        for (let lane = 0; lane < LANES; lane++) total += load<real>(sum + (lane << SHIFT))
        store<real>(p.partial + (((slice * p.outC() + g * groupF + f) * k + firstTap + t) << SHIFT), total)
      }
  }
}

/** dw = the sum of its slices. A unit is a filter. */
export function conv2dWeightSum(from: i32, to: i32, thread: i32, p: Conv2dWeightGradient): void {
  const k = p.groupC * p.area
  const size = p.outC() * k
  for (let f = from; f < to; f++)
    for (let t = 0; t < k; t++) {
      const at = f * k + t
      let total: real = 0
      for (let slice = 0; slice < p.slices; slice++) total += load<real>(p.partial + ((slice * size + at) << SHIFT))
      // Zero padding times an infinity or a NaN of dy is a NaN that is not the tap's, because it reads nothing there.
      if (p.copied && !isFinite<real>(total)) total = sumInside(p, f, t)
      store<real>(p.dw + (at << SHIFT), total)
    }
}

/** Copies what a tap reads for `pixels` pixels from column `q` on of each image, and fills up the last vector. */
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

/** to[step][r][lane] = pixel step * LANES + lane of filter r, 0 behind the end. Other filters' sums are not used. */
function interleave(
  dy: usize,
  filterStep: usize,
  filters: i32,
  imageStep: usize,
  images: i32,
  pixels: i32,
  to: usize,
): void {
  for (let r = 0; r < filters; r++) {
    let at = to + (r << 4)
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
    for (; lane > 0 && lane < LANES; lane++) store<real>(at + (lane << SHIFT), 0)
  }
}

/** One element of dw, padding left out; a NaN ends it. */
function sumInside(p: Conv2dWeightGradient, f: i32, tap: i32): real {
  const c = tap / p.area
  const i = (tap - c * p.area) / p.kW
  const j = tap - c * p.area - i * p.kW
  const top = i * p.dilationH - p.padTop
  const left = j * p.dilationW - p.padLeft
  const pFrom = firstInside(top, p.strideH)
  const pTo = min(p.outH, firstInside(top - p.inH, p.strideH))
  const qFrom = firstInside(left, p.strideW)
  const qTo = min(p.outW, firstInside(left - p.inW, p.strideW))
  const firstC = (f / p.groupF) * p.groupC
  let sum: real = 0
  for (let n = 0; n < p.n; n++) {
    for (let row = pFrom; row < pTo; row++) {
      const dy = p.dy + ((((n * p.outC() + f) * p.outH + row) * p.outW) << SHIFT)
      const x = p.x + ((((n * p.inC() + firstC + c) * p.inH + row * p.strideH + top) * p.inW + left) << SHIFT)
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
