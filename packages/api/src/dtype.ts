import { DTypeError } from './errors.js'

export type FloatDType = 'float32' | 'float64'
export type DType = FloatDType | 'int32'
export interface ArrayOf {
  float32: Float32Array
  float64: Float64Array
  int32: Int32Array
}
export type Data = ArrayOf[DType]

export function bytesPerElement(dtype: FloatDType): number {
  return dtype === 'float32' ? 4 : 8
}

const dtypes: { readonly [tag: string]: DType | undefined } = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
}

/** By what the array is, not by whose constructor made it: another realm's (a frame, `vm`, a test runner) is as good. */
export function dtypeOf(data: Data): DType {
  const dtype = ArrayBuffer.isView(data) ? dtypes[data[Symbol.toStringTag]] : undefined
  if (dtype) return dtype
  throw new DTypeError(
    `expected a Float32Array, Float64Array or Int32Array, got ${Object.prototype.toString.call(data)}`,
  )
}
