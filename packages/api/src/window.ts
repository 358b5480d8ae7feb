import { formatShape, formatSizes, type MakeShapeError, type Shape, shapeErrors } from './shape.js'

/** One number for both axes, or [height, width]. */
export type Pair = number | readonly [height: number, width: number]
/** One number for all sides, [height, width], or [top, left, bottom, right]. */
export type Pad =
  | number
  | readonly [height: number, width: number]
  | readonly [top: number, left: number, bottom: number, right: number]

/** [height, width], each an integer of at least 1. Throws what `fault` makes of an option's name. */
export function resolvePair(option: string, value: Pair, fault: MakeShapeError): readonly [number, number] {
  const list = typeof value === 'number' ? [value, value] : value
  const [height, width] = list
  if (
    list.length !== 2 ||
    height === undefined ||
    width === undefined ||
    !list.every((v) => Number.isSafeInteger(v) && v >= 1)
  )
    throw fault(option, `${option} must be a positive integer or two of them, got ${formatSizes(value)}`)
  return [height, width]
}

/** [top, left, bottom, right], each an integer of at least 0. Throws what `fault` makes of it. */
export function resolvePad(value: Pad, fault: MakeShapeError): readonly [number, number, number, number] {
  const list: readonly number[] = typeof value === 'number' ? [value] : value
  const sides = list.length === 1 ? [list[0], list[0], list[0], list[0]] : list.length === 2 ? [...list, ...list] : list
  const [top, left, bottom, right] = sides
  if (
    sides.length !== 4 ||
    top === undefined ||
    left === undefined ||
    bottom === undefined ||
    right === undefined ||
    !list.every((v) => Number.isSafeInteger(v) && v >= 0)
  )
    throw fault('pad', `pad must be a non-negative integer, two or four of them, got ${formatSizes(value)}`)
  return [top, left, bottom, right]
}

/** How many windows fit: floor((padded - span) / stride) + 1, where span = dilation * (kernel - 1) + 1. */
export function outputSize(padded: number, kernel: number, stride: number, dilation: number): number {
  return Math.floor((padded - dilation * (kernel - 1) - 1) / stride) + 1
}

/** Of all taps of all windows along one axis, how many lie inside it and not on padding. */
export function insideTaps(
  windows: number,
  kernel: number,
  stride: number,
  dilation: number,
  padBefore: number,
  size: number,
): number {
  let count = 0
  for (let tap = 0; tap < kernel; tap++) {
    const start = tap * dilation - padBefore
    const first = Math.max(0, Math.ceil(-start / stride))
    const end = Math.min(windows, Math.ceil((size - start) / stride))
    count += Math.max(0, end - first)
  }
  return count
}

/** x (n, channels, inH, inW), y (n, channels, outH, outW): a window of kH x kW slides over the last two axes of x. */
export interface WindowDims {
  readonly n: number
  readonly channels: number
  readonly inH: number
  readonly inW: number
  readonly outH: number
  readonly outW: number
  readonly kH: number
  readonly kW: number
  readonly strideH: number
  readonly strideW: number
  readonly padTop: number
  readonly padLeft: number
  readonly padBottom: number
  readonly padRight: number
}

/** Elements of x and y. */
export function windowLengths(d: WindowDims): { readonly x: number; readonly y: number } {
  const planes = d.n * d.channels
  return { x: planes * d.inH * d.inW, y: planes * d.outH * d.outW }
}

export interface WindowOptions {
  /** Window size. */
  readonly kernel: Pair
  /** Step between windows; defaults to `kernel`, so that windows tile the image. */
  readonly stride?: Pair
  /** Padding; smaller than the kernel. Default 0. */
  readonly pad?: Pad
}

/** Checked geometry for a pooling layer: x (N, C, H, W) -> y (N, C, outH, outW). */
export function windowDims(layer: string, x: Shape, options: WindowOptions): WindowDims {
  const fault = shapeErrors(layer, { x, kernel: options.kernel })
  const [kH, kW] = resolvePair('kernel', options.kernel, fault)
  const [strideH, strideW] = resolvePair('stride', options.stride ?? options.kernel, fault)
  const [padTop, padLeft, padBottom, padRight] = resolvePad(options.pad ?? 0, fault)
  const [n, channels, inH, inW] = x
  if (x.length !== 4 || n === undefined || channels === undefined || inH === undefined || inW === undefined)
    throw fault('x', `x must have 4 axes (N, C, H, W) but has ${x.length}`)
  if (Math.max(padTop, padBottom) >= kH || Math.max(padLeft, padRight) >= kW)
    throw fault('pad', `pad ${formatShape([padTop, padLeft, padBottom, padRight])} must be smaller than the kernel`)
  const outH = outputSize(inH + padTop + padBottom, kH, strideH, 1)
  const outW = outputSize(inW + padLeft + padRight, kW, strideW, 1)
  if (outH < 1 || outW < 1)
    throw fault(
      'kernel',
      `the kernel does not fit into the padded image ${formatShape([inH + padTop + padBottom, inW + padLeft + padRight])}`,
    )
  return Object.freeze({
    n,
    channels,
    inH,
    inW,
    outH,
    outW,
    kH,
    kW,
    strideH,
    strideW,
    padTop,
    padLeft,
    padBottom,
    padRight,
  })
}
