import { LANES, SHIFT } from '../lib/simd'
import { ADD, MR, NR, ROW_BIAS, STEP_BYTES, tile } from '../lib/tile'
import { endTapRow, firstTapRow, Conv2dForward, lanesBelow } from './geometry'
import { pad } from './padded'
import { tapTile } from './tapTile'

/**
 * y = conv2d(x, w, b) with w and b packed by `conv2dPack`, then y = relu(y) where asked for. A unit is a strip of an
 * image's group; its pixels are taken NR at a time, all filters of the group to each panel of gathered taps. Rows of the
 * filter that lie above or below the image for all of the pixels are left out.
 */
export function conv2dForward(from: i32, to: i32, thread: i32, p: Conv2dForward): void {
  const groupC = p.groupC
  const groupF = p.groupF
  const outW = p.outW
  const strips = p.strips
  const k = p.k
  const blockK = p.blockK
  const panel = p.scratch + thread * p.scratchBytes
  const spare = panel + p.spare
  const padded = panel + p.padded
  const plane = (p.outH * outW) << SHIFT
  const rowStep = p.strideH * p.pitch
  const filterPanels = (groupF + MR - 1) / MR
  // Gathering costs about as much as a panel of filters, reading through the table a tenth of one.
  const few = filterPanels <= 8
  for (let unit = from; unit < to; unit++) {
    const imageGroup = unit / strips
    const g = imageGroup % p.groups
    const row = (unit - imageGroup * strips) * p.stripRows
    const pixels = min(p.stripRows, p.outH - row) * outW
    let image = p.x + ((imageGroup * groupC * p.inH * p.inW) << SHIFT)
    if (p.copied) {
      pad(p, groupC, row * p.strideH, image, padded)
      image = padded
    } else image += (row * rowStep) << SHIFT
    let y = p.y + imageGroup * groupF * plane + ((row * outW) << SHIFT)
    let q = 0
    let r = row
    for (let s = 0; s < pixels; s += NR) {
      const last = r + (q + min(NR, pixels - s) - 1) / outW
      const firstTap = min(firstTapRow(p, last) * p.rowTaps, k - p.rowTaps)
      const endTap = max(endTapRow(p, r) * p.rowTaps, firstTap + p.rowTaps)
      for (let k0 = firstTap; k0 < endTap; k0 += blockK) {
        const count = min(blockK, endTap - k0)
        const taps = p.taps + (k0 << 2)
        const inPlace = few && s + NR <= pixels && q + NR <= outW
        if (!inPlace) gather(taps, count, image, q, outW, rowStep, pixels - s, panel)
        const start = k0 == firstTap ? ROW_BIAS : ADD
        const relu = p.relu && k0 + count == endTap
        let a = p.weights + (((g * filterPanels * k + k0) * MR) << SHIFT)
        let bias = p.bias + ((g * filterPanels * MR) << SHIFT)
        let c = y
        for (let f = 0; f < groupF; f += MR) {
          if (s + NR <= pixels) {
            const c1 = f + 1 < groupF ? c + plane : spare + 32
            const c2 = f + 2 < groupF ? c + 2 * plane : spare + 64
            const c3 = f + 3 < groupF ? c + 3 * plane : spare + 96
            if (inPlace) tapTile(count, a, image, taps, c, c1, c2, c3, start, bias, relu)
            else tile(count, a, panel, c, c1, c2, c3, start, bias, relu)
          } else {
            const rows = min(MR, groupF - f)
            const rest = pixels - s
            if (start == ADD) copyTile(spare, 32, c, plane, rows, rest)
            tile(count, a, panel, spare, spare + 32, spare + 64, spare + 96, start, bias, relu)
            copyTile(c, plane, spare, 32, rows, rest)
          }
          c += plane * MR
          a += (k * MR) << SHIFT
          bias += MR << SHIFT
        }
      }
      y += STEP_BYTES
      q += NR
      image += STEP_BYTES
      while (q >= outW) {
        q -= outW
        r++
        image += (rowStep - outW) << SHIFT
      }
    }
  }
}

@inline
function copyTile(to: usize, toStride: usize, from: usize, fromStride: usize, rows: i32, columns: i32): void {
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < columns; i++)
      store<real>(to + r * toStride + (i << SHIFT), load<real>(from + r * fromStride + (i << SHIFT)))
}

/**
 * panel[t][i] = what tap t reads for pixel i, counted from column `q` of the row whose pixel there is at `image`; zero
 * from `pixels` on. `rowStep` is the distance of output rows in the image.
 */
function gather(
  taps: usize,
  count: i32,
  image: usize,
  q: i32,
  outW: i32,
  rowStep: i32,
  pixels: i32,
  panel: usize,
): void {
  const end = taps + (count << 2)
  if (pixels >= NR && q + NR <= outW) {
    for (; taps < end; taps += 4, panel += 32) {
      const at = image + load<i32>(taps)
      v128.store(panel, v128.load(at))
      v128.store(panel, v128.load(at, 16), 16)
    }
  } else if (pixels >= NR && q + NR <= 2 * outW) {
    // Two rows: both loads stay between the panel's first pixel and its last.
    const low = lanesBelow(outW - q, 0)
    const high = lanesBelow(outW - q, LANES)
    const next = image + ((rowStep - outW) << SHIFT)
    for (; taps < end; taps += 4, panel += 32) {
      const offset = load<i32>(taps)
      const at = image + offset
      const then = next + offset
      v128.store(panel, v128.bitselect(v128.load(at), v128.load(then), low))
      v128.store(panel, v128.bitselect(v128.load(at, 16), v128.load(then, 16), high), 16)
    }
  } else {
    for (let i = 0; i < NR; i++) {
      let to = panel + (i << SHIFT)
      if (i < pixels) for (let t = taps; t < end; t += 4, to += 32) store<real>(to, load<real>(image + load<i32>(t)))
      else for (let t = taps; t < end; t += 4, to += 32) store<real>(to, 0)
      image += 1 << SHIFT
      if (++q == outW) {
        q = 0
        image += (rowStep - outW) << SHIFT
      }
    }
  }
}
