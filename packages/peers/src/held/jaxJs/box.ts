import type { Backend, Data, DType, FloatDType } from '@convkit/api'
import { numpy as np } from '@jax-js/jax'
import type { Manner } from './manner.js'

/** Arrays cannot be changed, so a storage is a box: to overwrite it is to put another array into it. */
export interface Box {
  readonly length: number
  readonly dtype: DType
  array: np.Array | null
}

const dtypes = { float32: np.float32, float64: np.float64, int32: np.int32 }
const bytes = { float32: 4, float64: 8, int32: 4 }

export function alloc(length: number, dtype: DType): Box {
  // The box is empty until it is written, so what can never be had is refused here.
  if (length * bytes[dtype] > 2 ** 32) throw new RangeError(`jax-js cannot hold ${length} elements of ${dtype}`)
  return { length, dtype, array: null }
}

export function free(box: Box): void {
  box.array?.dispose()
  box.array = null
}

/** From this length on the library never takes equal numbers for a constant. */
const stored = 128

/**
 * An array of the numbers. With care it is cut out of a longer one: a few equal numbers are a constant to the library,
 * and constants are computed in double precision.
 */
export function arrayOf(data: Data, manner: Manner): np.Array {
  if (manner === 'plain' || data.length >= stored) return np.array(data.slice())
  const longer = empty(dtypeOf(data), stored)
  longer.set(data)
  return np.array(longer).slice([0, data.length])
}

export const writeWith =
  (manner: Manner) =>
  (box: Box, data: Data): void => {
    free(box)
    box.array = arrayOf(data, manner)
  }

export const read: Backend<Box>['read'] = async ({ array, length, dtype }, into) => {
  const copy = into ?? empty(dtype, length)
  // A call takes over what it is given; what `ref` counts up is taken in place of the box's own.
  if (array) copy.set(await array.ref.data())
  return copy
}

export function empty(dtype: DType, length: number): Data {
  if (dtype === 'int32') return new Int32Array(length)
  return dtype === 'float64' ? new Float64Array(length) : new Float32Array(length)
}

function dtypeOf(data: Data): DType {
  if (data instanceof Int32Array) return 'int32'
  return data instanceof Float64Array ? 'float64' : 'float32'
}

/** A reference of the caller's own to what a box holds, in a shape; what an empty one holds is left open. */
export function held({ array, length, dtype }: Box, shape: number[] = [length]): np.Array {
  return (array ? array.ref : np.zeros([length], { dtype: dtypes[dtype] })).reshape(shape)
}

/** Results into their boxes, or away where nobody wants them. */
export function overwrite(boxes: readonly (Box | null)[], arrays: readonly np.Array[]): void {
  for (const [i, array] of arrays.entries()) {
    const box = boxes[i]
    if (!box) array.dispose()
    else {
      free(box)
      box.array = array.reshape([box.length])
    }
  }
}

export function filled(shape: number[], value: number, dtype: FloatDType): np.Array {
  return np.full(shape, value, { dtype: dtypes[dtype] })
}
