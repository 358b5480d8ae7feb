import { LANES, madd, rectified, SHIFT } from '../lib/simd'
import { MR } from '../lib/tile'
import { Conv2dForward, Conv2dInputGradient } from './geometry'
import { crop, pad } from './padded'

/**
 * y = conv2d(x, w, b) for groups of one filter, then y = relu(y) where asked for: a row of y at a time, straight from
 * the padded planes. Units and parameters are those of `conv2dForward`.
 */
export function conv2dSingleForward(from: i32, to: i32, thread: i32, p: Conv2dForward): void {
  const outW = p.outW
  const padded = p.scratch + thread * p.scratchBytes + p.padded
  const rowStep = (p.strideH * p.pitch) << SHIFT
  for (let unit = from; unit < to; unit++) {
    const imageGroup = unit / p.strips
    const g = imageGroup % p.groups
    const row = (unit - imageGroup * p.strips) * p.stripRows
    const rows = min(p.stripRows, p.outH - row)
    let image = p.x + ((imageGroup * p.groupC * p.inH * p.inW) << SHIFT)
    if (p.copied) {
      pad(p, p.groupC, row * p.strideH, image, padded)
      image = padded
    } else image += row * rowStep
    let y = p.y + (((imageGroup * p.outH + row) * outW) << SHIFT)
    const weights = p.weights + ((g * p.k * MR) << SHIFT)
    const bias = load<real>(p.bias + ((g * MR) << SHIFT))
    for (let r = 0; r < rows; r++) {
      // Where vectors do not fill a row, the last one does some of its pixels once more.
      if (outW >= 4 * LANES)
        for (let q = 0; q < outW; q += 4 * LANES) {
          const at = min(q, outW - 4 * LANES) << SHIFT
          fourVectors(p.k, p.taps, weights, image + at, bias, y + at, p.relu)
        }
      else if (outW >= LANES)
        for (let q = 0; q < outW; q += LANES) {
          const at = min(q, outW - LANES) << SHIFT
          oneVector(p.k, p.taps, weights, image + at, bias, y + at, p.relu)
        }
      else
        for (let q = 0; q < outW; q++) {
          const at = q << SHIFT
          onePixel(p.k, p.taps, weights, image + at, bias, y + at, p.relu)
        }
      y += outW << SHIFT
      image += rowStep
    }
  }
}

function fourVectors(k: i32, taps: usize, w: usize, image: usize, bias: real, y: usize, relu: bool): void {
  let a = v128.splat<real>(bias)
  let b = a
  let c = a
  let d = a
  while (true) {
    const at = image + load<i32>(taps)
    const weight = v128.load_splat<real>(w)
    a = madd(weight, v128.load(at), a)
    b = madd(weight, v128.load(at, 16), b)
    c = madd(weight, v128.load(at, 32), c)
    d = madd(weight, v128.load(at, 48), d)
    w += MR << SHIFT
    taps += 4
    if (--k == 0) break
  }
  if (relu) {
    a = rectified(a)
    b = rectified(b)
    c = rectified(c)
    d = rectified(d)
  }
  v128.store(y, a)
  v128.store(y, b, 16)
  v128.store(y, c, 32)
  v128.store(y, d, 48)
}

function oneVector(k: i32, taps: usize, w: usize, image: usize, bias: real, y: usize, relu: bool): void {
  let a = v128.splat<real>(bias)
  while (true) {
    a = madd(v128.load_splat<real>(w), v128.load(image + load<i32>(taps)), a)
    w += MR << SHIFT
    taps += 4
    if (--k == 0) break
  }
  if (relu) a = rectified(a)
  v128.store(y, a)
}

/** In a vector, because a fused multiply-add of single numbers there is not. */
function onePixel(k: i32, taps: usize, w: usize, image: usize, bias: real, y: usize, relu: bool): void {
  let a = v128.splat<real>(bias)
  while (true) {
    a = madd(v128.load_splat<real>(w), v128.load_splat<real>(image + load<i32>(taps)), a)
    w += MR << SHIFT
    taps += 4
    if (--k == 0) break
  }
  if (relu) a = rectified(a)
  store<real>(y, v128.extract_lane<real>(a, 0))
}

/**
 * dx for groups of one filter, as `conv2dInputGradient` with its units and parameters, but a row of dy times one tap's
 * weight at a time.
 */
export function conv2dSingleInputGradient(from: i32, to: i32, thread: i32, p: Conv2dInputGradient): void {
  const outW = p.outW
  const padded = p.scratch + thread * p.scratchBytes + p.padded
  const rowStep = (p.strideH * p.pitch) << SHIFT
  for (let unit = from; unit < to; unit++) {
    const imageGroup = unit / p.blocks
    const block = unit - imageGroup * p.blocks
    const g = imageGroup % p.groups
    const firstC = (block * p.groupC) / p.blocks
    const channels = ((block + 1) * p.groupC) / p.blocks - firstC
    const dx = p.dx + (((imageGroup * p.groupC + firstC) * p.inH * p.inW) << SHIFT)
    const image = p.copied ? padded : dx
    memory.fill(image, 0, (channels * p.plane) << SHIFT)
    const taps = p.taps + ((block * p.panels) << 4)
    const weights = p.weights + ((g * p.blocks + block) << (SHIFT + 2)) * p.panels
    for (let row = 0; row < p.outH; row++) {
      const dy = p.dy + (((imageGroup * p.outH + row) * outW) << SHIFT)
      for (let t = 0; t < channels * p.area; t++)
        addRow(image + row * rowStep + load<i32>(taps + (t << 2)), load<real>(weights + (t << SHIFT)), dy, outW)
    }
    if (p.copied) crop(p, channels, padded, dx)
  }
}

@inline
function addRow(to: usize, weight: real, dy: usize, count: i32): void {
  const w = v128.splat<real>(weight)
  let i = 0
  for (; i <= count - LANES; i += LANES) {
    const at = to + (i << SHIFT)
    v128.store(at, madd(w, v128.load(dy + (i << SHIFT)), v128.load(at)))
  }
  for (; i < count; i++) {
    const at = to + (i << SHIFT)
    store<real>(at, load<real>(at) + weight * load<real>(dy + (i << SHIFT)))
  }
}
