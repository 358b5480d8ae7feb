/** The element types of tensors, by ONNX Runtime's names; `bool` is one byte, 0 or 1. */
export type ElementType = 'float32' | 'float64' | 'int32' | 'int64' | 'bool'

/** A length, or the name of one that each run chooses: equal names are equal lengths. */
export type Dimension = number | string

/** Of `number` where every axis has a length. */
export interface ValueType<D extends Dimension = Dimension> {
  readonly dtype: ElementType
  readonly shape: readonly D[]
}

/** A tensor in a graph. `Graph.output` may still change its name; after `encode` it is final. */
export interface Value<D extends Dimension = Dimension> extends ValueType<D> {
  readonly name: string
}

/** The array's type gives the element type; `Uint8Array` is `bool`. */
export type ConstantData = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array

export function float(value: number): { readonly float: number } {
  return { float: value }
}

const elementTypes: { readonly [tag: string]: ElementType } = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
  BigInt64Array: 'int64',
  Uint8Array: 'bool',
}

export function elementTypeOf(data: ConstantData): ElementType {
  return elementTypes[data[Symbol.toStringTag]]
}
