import type { WindowDims } from '@convkit/api'
import type { Builder, Padding, Value } from './builder.js'

/** How far the windows reach, and what of the padded image they leave out at its end. */
function extent(d: WindowDims): { readonly height: number; readonly width: number } {
  return { height: (d.outH - 1) * d.strideH + d.kH, width: (d.outW - 1) * d.strideW + d.kW }
}

/** Around (N, C, H, W): what makes it the part of the padded image that windows reach. */
function reach(d: WindowDims): Padding {
  const { height, width } = extent(d)
  return {
    before: [0, 0, d.padTop, d.padLeft],
    after: [0, 0, height - d.padTop - d.inH, width - d.padLeft - d.inW],
  }
}

/**
 * Element (i, j) of every window, for each i and j in row-major order, or the first `count` of them: shapes
 * (N, C, outH, outW). `filling` is outside x.
 */
export function taps(g: Builder, d: WindowDims, x: Value, filling: number | null, count = d.kH * d.kW): Value[] {
  const image = g.pad(x, reach(d), filling)
  return Array.from({ length: count }, (_, at) => {
    const starts = [0, 0, Math.floor(at / d.kW), at % d.kW]
    return g.slice(image, starts, [d.n, d.channels, d.outH, d.outW], [1, 1, d.strideH, d.strideW])
  })
}

/** The part of the padded image (N, C, H, W) that windows reach, each channel an image of its own (N C, 1, height, width). */
export function reached(g: Builder, d: WindowDims, x: Value, filling: number): Value {
  const image = g.pad(x, reach(d), filling)
  return g.reshape(image, [d.n * d.channels, 1, image.shape[2], image.shape[3]])
}

/**
 * All taps as one value (N C, kH kW, outH, outW): a convolution whose filters have a single 1 each. Right for finite numbers
 * only, and a few nodes whatever the size of the window.
 */
export function patches(g: Builder, d: WindowDims, x: Value, filling: number): Value {
  return correlate(g, d, reached(g, d, x, filling), onePerFilter(g, d))
}

/** The way back, as `untap`. */
export function unpatch(g: Builder, d: WindowDims, parts: Value): Value {
  return scatter(g, d, parts, onePerFilter(g, d))
}

/** The sum of each window, shape (N C, 1, outH, outW). */
export function windowSums(g: Builder, d: WindowDims, x: Value): Value {
  return correlate(g, d, reached(g, d, x, 0), allOnes(g, d))
}

/** x[n,c,h,w] is the sum of share (N, C, outH, outW) over the windows that hold it. */
export function spreadOverWindows(g: Builder, d: WindowDims, share: Value): Value {
  return scatter(g, d, g.reshape(share, [d.n * d.channels, 1, d.outH, d.outW]), allOnes(g, d))
}

function correlate(g: Builder, d: WindowDims, image: Value, w: Value): Value {
  return g.op('Conv', [image, w], windowAttributes(d), [image.shape[0], w.shape[0], d.outH, d.outW])
}

function scatter(g: Builder, d: WindowDims, parts: Value, w: Value): Value {
  const { height, width } = extent(d)
  const attributes = { ...windowAttributes(d), output_padding: [0, 0] }
  const image = g.op('ConvTranspose', [parts, w], attributes, [parts.shape[0], 1, height, width])
  const { before, after } = reach(d)
  return g.pad(g.reshape(image, [d.n, d.channels, height, width]), {
    before: before.map((count) => -count),
    after: after.map((count) => -count),
  })
}

function windowAttributes(d: WindowDims) {
  return {
    kernel_shape: [d.kH, d.kW],
    strides: [d.strideH, d.strideW],
    pads: [0, 0, 0, 0],
    dilations: [1, 1],
    group: 1,
  }
}

function onePerFilter(g: Builder, d: WindowDims): Value {
  const count = d.kH * d.kW
  const identity = Float32Array.from({ length: count * count }, (_, at) => (at % (count + 1) === 0 ? 1 : 0))
  return g.constant(identity, [count, 1, d.kH, d.kW])
}

function allOnes(g: Builder, d: WindowDims): Value {
  return g.constant(new Float32Array(d.kH * d.kW).fill(1), [1, 1, d.kH, d.kW])
}

/** The way back: x[n,c,h,w] is the sum of the taps that were taken from it. */
export function untap(g: Builder, d: WindowDims, parts: readonly Value[]): Value {
  const { before, after } = reach(d)
  const back = { before: before.map((count) => -count), after: after.map((count) => -count) }
  if (d.strideH >= d.kH && d.strideW >= d.kW) return g.pad(interleave(g, d, parts), back)
  const { height, width } = extent(d)
  const placed = parts.map((part, at) => {
    const [i, j] = [Math.floor(at / d.kW), at % d.kW]
    const wide = spread(g, d, part)
    const after = [0, 0, height - i - wide.shape[2], width - j - wide.shape[3]]
    return g.pad(wide, { before: [0, 0, i, j], after })
  })
  return g.pad(
    placed.reduce((sum, part) => g.add(sum, part)),
    back,
  )
}

/** Windows that do not overlap: each tap has places of its own. */
function interleave(g: Builder, d: WindowDims, parts: readonly Value[]): Value {
  const { n: N, channels: C, outH, outW, strideH, strideW } = d
  const zeros = g.constant(new Float32Array(1), [1, 1, 1, 1, 1])
  const fill = (length: number, shape: readonly number[]) => (length > 0 ? [g.expand(zeros, shape)] : [])
  const rows = Array.from({ length: d.kH }, (_, i) => {
    const row = parts.slice(i * d.kW, (i + 1) * d.kW).map((part) => g.reshape(part, [N, C, outH, outW, 1]))
    const rest = strideW - d.kW
    return g.reshape(g.concat([...row, ...fill(rest, [N, C, outH, outW, rest])], 4), [N, C, outH, 1, outW * strideW])
  })
  const rest = strideH - d.kH
  const whole = g.concat([...rows, ...fill(rest, [N, C, outH, rest, outW * strideW])], 3)
  const { height, width } = extent(d)
  return g.slice(g.reshape(whole, [N, C, outH * strideH, outW * strideW]), [0, 0, 0, 0], [N, C, height, width])
}

/** Zeros between the elements of a tap, so that they stand as far apart as their windows. */
function spread(g: Builder, d: WindowDims, part: Value): Value {
  const { n: N, channels: C, outH, outW, strideH, strideW } = d
  if (strideH === 1 && strideW === 1) return part
  const apart = g.pad(g.reshape(part, [N, C, outH, 1, outW, 1]), {
    before: [0, 0, 0, 0, 0, 0],
    after: [0, 0, 0, strideH - 1, 0, strideW - 1],
  })
  const wide = g.reshape(apart, [N, C, outH * strideH, outW * strideW])
  return g.slice(wide, [0, 0, 0, 0], [N, C, (outH - 1) * strideH + 1, (outW - 1) * strideW + 1])
}
