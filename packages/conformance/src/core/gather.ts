import { type Shape, sizeOf } from '@convkit/api'
import type { NdArray } from './case.js'

/**
 * An array of another shape whose element at `index` is the source's element at `from(index)`, or 0 where that is null.
 * Padding, cropping, permuting, transposing, subsampling and zero-stuffing are all gathers.
 */
export function gather(
  source: NdArray,
  shape: Shape,
  from: (index: readonly number[]) => readonly number[] | null,
): NdArray {
  const data = source.data instanceof Int32Array ? new Int32Array(sizeOf(shape)) : new Float64Array(sizeOf(shape))
  const index = shape.map(() => 0)
  for (let i = 0; i < data.length; i++) {
    const at = from(index)
    if (at) data[i] = source.data[flatten(at, source.shape)]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++
      if (index[axis] < shape[axis]) break
      index[axis] = 0
    }
  }
  return { shape, data }
}

function flatten(index: readonly number[], shape: Shape): number {
  let flat = 0
  for (const [axis, length] of shape.entries()) flat = flat * length + index[axis]
  return flat
}

/** The source with `order` applied to one axis: element i of the result is element order[i] of the source. */
export function permute(source: NdArray, axis: number, order: ArrayLike<number>): NdArray {
  return gather(source, source.shape, (index) => index.map((at, k) => (k === axis ? order[at] : at)))
}

/** The last two axes exchanged. */
export function transpose(source: NdArray): NdArray {
  const swap = (list: readonly number[]) => [...list.slice(0, -2), ...list.slice(-2).reverse()]
  return gather(source, swap(source.shape), swap)
}

/** `before` zeros written in front of one axis and `after` behind it; negative numbers crop. */
export function extend(source: NdArray, axis: number, before: number, after: number): NdArray {
  const length = source.shape[axis]
  const shape = source.shape.map((size, k) => (k === axis ? size + before + after : size))
  return gather(source, shape, (index) => {
    const at = index[axis] - before
    return at < 0 || at >= length ? null : index.map((i, k) => (k === axis ? at : i))
  })
}

/** Elements 0, step, 2 step, ... of one axis. */
export function subsample(source: NdArray, axis: number, step: number, length: number): NdArray {
  const shape = source.shape.map((size, k) => (k === axis ? length : size))
  return gather(source, shape, (index) => index.map((i, k) => (k === axis ? i * step : i)))
}

/** step - 1 zeros between the elements of one axis, and zeros behind them up to `length`. */
export function stuff(source: NdArray, axis: number, step: number, length: number): NdArray {
  const shape = source.shape.map((size, k) => (k === axis ? length : size))
  const count = source.shape[axis]
  return gather(source, shape, (index) => {
    const at = index[axis]
    return at % step !== 0 || at / step >= count ? null : index.map((i, k) => (k === axis ? at / step : i))
  })
}
