import type { ArrayOf, Backend, DType, FloatDType } from './backend.js'
import { DTypeError, FreedError, ShapeError } from './errors.js'
import { queued } from './queued.js'
import type { Scope } from './scope.js'

/** Sizes of the axes, outermost first; row-major. `[]` is a scalar. */
export type Shape = readonly number[]

/** A contiguous row-major array that lives on a backend and belongs to a scope. */
export class Tensor<D extends DType = DType> {
  readonly shape: Shape
  readonly dtype: D
  readonly scope: Scope
  readonly size: number
  readonly #storage: unknown

  /** @internal Tensors come from `Scope.alloc`, `Scope.from` and the layers. */
  constructor(scope: Scope, shape: Shape, dtype: D, storage: unknown) {
    this.scope = scope
    this.shape = Object.freeze([...shape])
    this.dtype = dtype
    this.size = sizeOf(shape)
    this.#storage = storage
  }

  get backend(): Backend {
    return this.scope.backend
  }

  /** The backend's own storage. Throws `FreedError` once the owning scope is disposed. */
  get storage(): unknown {
    if (this.scope.disposed)
      throw new FreedError(`tensor ${formatShape(this.shape)} was used after its scope was freed`)
    return this.#storage
  }

  /** Waits for every call queued before it, then copies the values out, into `into` where given. */
  read(into?: ArrayOf[D]): Promise<ArrayOf[D]> {
    if (into) this.#check('read', into)
    // The backend returns the array type of the storage's own dtype, which is `D` by construction.
    return this.backend.read(this.storage, into) as Promise<ArrayOf[D]>
  }

  /** Overwrites the values; `data` is copied before the call returns. */
  write(data: ArrayOf[D]): void {
    this.#check('write', data)
    queued('write', this.backend.write(this.storage, data))
  }

  /** The same storage under another shape of equal size. It lives no longer than its owner. */
  reshape(shape: Shape): Tensor<D> {
    checkShape('reshape', shape)
    if (sizeOf(shape) !== this.size)
      throw new ShapeError(
        `reshape: ${formatShape(this.shape)} has ${this.size} elements, ${formatShape(shape)} has ${sizeOf(shape)}`,
      )
    return new Tensor(this.scope, shape, this.dtype, this.storage)
  }

  #check(call: string, data: ArrayOf[DType]): void {
    if (dtypeOf(data) !== this.dtype)
      throw new DTypeError(`${call}: tensor is ${this.dtype}, the array is ${dtypeOf(data)}`)
    if (data.length !== this.size)
      throw new ShapeError(
        `${call}: tensor ${formatShape(this.shape)} has ${this.size} elements, the array has ${data.length}`,
      )
  }
}

export type FloatTensor = Tensor<FloatDType>

/** Class indices that were checked against [0, classes) when they were made: see `Scope.labels`. */
export class Labels extends Tensor<'int32'> {
  readonly classes: number

  /** @internal */
  constructor(scope: Scope, shape: Shape, storage: unknown, classes: number) {
    super(scope, shape, 'int32', storage)
    this.classes = classes
  }
}

export function sizeOf(shape: Shape): number {
  let size = 1
  for (const length of shape) size *= length
  return size
}

export function formatShape(shape: Shape): string {
  return `[${shape.join(',')}]`
}

/** Every axis an integer of at least 1. */
export function checkShape(call: string, shape: Shape): void {
  if (!shape.every((length) => Number.isSafeInteger(length) && length >= 1))
    throw new ShapeError(`${call}: every axis must be an integer of at least 1, got ${formatShape(shape)}`)
}

const dtypes: { readonly [tag: string]: DType | undefined } = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Int32Array: 'int32',
}

/** By what the array is, not by whose constructor made it: another realm's (a frame, `vm`, a test runner) is as good. */
export function dtypeOf(data: ArrayOf[DType]): DType {
  const dtype = ArrayBuffer.isView(data) ? dtypes[data[Symbol.toStringTag]] : undefined
  if (dtype) return dtype
  throw new DTypeError(
    `expected a Float32Array, Float64Array or Int32Array, got ${Object.prototype.toString.call(data)}`,
  )
}
