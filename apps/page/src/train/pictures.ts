import type { Frame } from '../data/pixels.js'

/** Pictures of equal size in a grid; what is between them is transparent. */
export interface Grid extends Frame {
  readonly count: number
  readonly columns: number
}

/**
 * Colour pictures (K, 3, h, w) or grey ones (K, h, w). Each colour picture is stretched from its smallest value to its
 * largest; grey ones, from 0 to the largest of them all.
 */
export function gridOf(
  values: ArrayLike<number>,
  shape: readonly number[],
  { columns, most = 64, gap = 1 }: { readonly columns: number; readonly most?: number; readonly gap?: number },
): Grid {
  const [all = 0, ...rest] = shape
  const [height = 1, width = 1] = rest.slice(-2)
  const count = Math.min(all, most)
  const colour = rest.length === 3
  const channels = colour ? 3 : 1
  const area = height * width
  const across = Math.min(columns, count)
  const rows = Math.ceil(count / across)
  const frame = { width: across * (width + gap) - gap, height: rows * (height + gap) - gap }
  const data = new Uint8ClampedArray(frame.width * frame.height * 4)
  const common = colour ? null : { low: 0, high: range(values, 0, count * area).high }
  for (let k = 0; k < count; k++) {
    const first = k * channels * area
    const { low, high } = common ?? range(values, first, first + channels * area)
    const scale = high > low ? 255 / (high - low) : 0
    const [left, top] = [(k % across) * (width + gap), Math.floor(k / across) * (height + gap)]
    for (let p = 0; p < area; p++) {
      const at = ((top + Math.floor(p / width)) * frame.width + left + (p % width)) * 4
      for (let c = 0; c < 3; c++) data[at + c] = (values[first + (colour ? c * area : 0) + p] - low) * scale
      data[at + 3] = 255
    }
  }
  return { ...frame, data, count, columns: across }
}

function range(values: ArrayLike<number>, from: number, to: number): { low: number; high: number } {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = from; i < to; i++) {
    const value = values[i]
    if (value < low) low = value
    if (value > high) high = value
  }
  return { low, high }
}
