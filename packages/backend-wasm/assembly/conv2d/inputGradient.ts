import { LANES, SHIFT } from '../lib/simd'
import { ADD, MR, NR, STEP_BYTES, tile, ZERO } from '../lib/tile'
import { Conv2dInputGradient, lanesBelow } from './geometry'
import { crop } from './padded'

/**
 * dx as the transpose of forward: NR pixels of dy, all filters, times the weights of four taps at a time, added to what
 * those taps read in the padded image; then the padding is cut off. Weights are packed by `conv2dPack`. A unit is a
 * block of channels of an image's group.
 */
export function conv2dInputGradient(from: i32, to: i32, thread: i32, p: Conv2dInputGradient): void {
  const groupF = p.groupF
  const outW = p.outW
  const panel = p.scratch + thread * p.scratchBytes
  const spare = panel + p.spare
  const padded = panel + p.padded
  const pixels = p.outH * outW
  const rowStep = p.strideH * p.pitch
  for (let unit = from; unit < to; unit++) {
    const imageGroup = unit / p.blocks
    const block = unit - imageGroup * p.blocks
    const g = imageGroup % p.groups
    const firstC = (block * p.groupC) / p.blocks
    const channels = ((block + 1) * p.groupC) / p.blocks - firstC
    const panels = (channels * p.area + MR - 1) / MR
    const dx = p.dx + (((imageGroup * p.groupC + firstC) * p.inH * p.inW) << SHIFT)
    const image = p.copied ? padded : dx
    memory.fill(image, 0, (channels * p.plane) << SHIFT)
    const taps = p.taps + ((block * p.panels) << 4)
    const weights = p.weights + (((g * p.blocks + block) * p.panels * groupF) << (SHIFT + 2))
    let dy = p.dy + ((imageGroup * groupF * pixels) << SHIFT)
    let base = image
    let q = 0
    for (let s = 0; s < pixels; s += NR) {
      pack(dy, pixels << SHIFT, groupF, pixels - s, panel)
      const whole = s + NR <= pixels
      let a = weights
      let t = taps
      if (whole && q + NR <= outW && p.disjoint) {
        for (let i = 0; i < panels; i++) {
          const c1 = load<i32>(t, 4)
          const c2 = load<i32>(t, 8)
          const c3 = load<i32>(t, 12)
          tile(
            groupF,
            a,
            panel,
            base + load<i32>(t),
            c1 < 0 ? spare + 32 : base + c1,
            c2 < 0 ? spare + 64 : base + c2,
            c3 < 0 ? spare + 96 : base + c3,
            ADD,
            0,
            false,
          )
          a += (groupF * MR) << SHIFT
          t += 16
        }
      } else {
        const two = whole && q + NR <= 2 * outW
        for (let i = 0; i < panels; i++) {
          tile(groupF, a, panel, spare, spare + 32, spare + 64, spare + 96, ZERO, 0, false)
          for (let r = 0; r < 4; r++) {
            const offset = load<i32>(t + (r << 2))
            if (offset < 0) break
            if (two) addTwoRows(base + offset, (rowStep - outW) << SHIFT, outW - q, spare + r * 32)
            else addPixels(base + offset, (rowStep - outW) << SHIFT, q, outW, min(NR, pixels - s), spare + r * 32)
          }
          a += (groupF * MR) << SHIFT
          t += 16
        }
      }
      dy += STEP_BYTES
      q += NR
      base += STEP_BYTES
      while (q >= outW) {
        q -= outW
        base += (rowStep - outW) << SHIFT
      }
    }
    if (p.copied) crop(p, channels, padded, dx)
  }
}

/** panel[f][i] = pixel i of filter f; zero from `pixels` on. */
@inline
function pack(dy: usize, plane: usize, filters: i32, pixels: i32, panel: usize): void {
  if (pixels >= NR) {
    for (let f = 0; f < filters; f++, dy += plane, panel += 32) {
      v128.store(panel, v128.load(dy))
      v128.store(panel, v128.load(dy, 16), 16)
    }
  } else {
    for (let f = 0; f < filters; f++, dy += plane, panel += 32)
      for (let i = 0; i < NR; i++) {
        let value: real = 0
        if (i < pixels) value = load<real>(dy + (i << SHIFT))
        store<real>(panel + (i << SHIFT), value)
      }
  }
}

/**
 * Adds the first `first` of NR numbers at `to`, the others `step` further on. What is between gets + 0. Behind the last row
 * another thread's memory may begin, so nothing is added there.
 */
@inline
function addTwoRows(to: usize, step: usize, first: i32, values: usize): void {
  const low = lanesBelow(first, 0)
  const high = lanesBelow(first, LANES)
  const a = v128.load(values)
  const b = v128.load(values, 16)
  v128.store(to, v128.add<real>(v128.load(to), v128.and(a, low)))
  v128.store(to, v128.add<real>(v128.load(to, 16), v128.and(b, high)), 16)
  if (first >= NR) return
  to += step
  v128.store(to, v128.add<real>(v128.load(to), v128.andnot(a, low)))
  v128.store(to, v128.add<real>(v128.load(to, 16), v128.andnot(b, high)), 16)
}

@inline
function addPixels(to: usize, step: usize, q: i32, outW: i32, count: i32, values: usize): void {
  for (let i = 0; i < count; i++) {
    store<real>(to, load<real>(to) + load<real>(values + (i << SHIFT)))
    to += 1 << SHIFT
    if (++q == outW) {
      q = 0
      to += step
    }
  }
}
