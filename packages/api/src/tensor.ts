import type { Backend } from './backend.js'
import { type ArrayOf, type Data, type DType, dtypeOf, type FloatDType } from './dtype.js'
import { DataError, DTypeError, FreedError, ShapeError } from './errors.js'
import { queued } from './queued.js'
import { checkShape, formatShape, type Shape, sizeOf } from './shape.js'

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

/** Class indices in [0, classes), checked on the host whenever they are written: see `Scope.labels`. */
export class Labels extends Tensor<'int32'> {
  readonly classes: number
  #values = new Int32Array()

  /** @internal */
  constructor(scope: Scope, shape: Shape, storage: unknown, classes: number) {
    super(scope, shape, 'int32', storage)
    this.classes = classes
  }

  /** What was written last, on the host: what a loss weighs its rows by without waiting for the device. */
  get values(): Int32Array {
    return this.#values
  }

  override write(data: Int32Array): void {
    checkLabels(data, this.classes)
    super.write(data)
    this.#values = data.slice()
  }
}

function checkLabels(data: Int32Array, classes: number): void {
  const bad = data.findIndex((label) => label < 0 || label >= classes)
  if (bad !== -1) throw new DataError(`labels: label ${data[bad]} at index ${bad} is outside [0, ${classes})`)
}

type DTypeOf<A extends Data> = A extends Float32Array ? 'float32' : A extends Float64Array ? 'float64' : 'int32'

/**
 * Owns what is allocated through it. `using step = scope.child()` frees a whole step's activations and gradients at
 * the end of the block; a tensor used after that throws `FreedError`.
 */
export class Scope implements Disposable {
  readonly backend: Backend
  readonly #parent: Scope | null
  readonly #children = new Set<Scope>()
  readonly #storages: unknown[] = []
  #disposed = false

  constructor(backend: Backend, parent: Scope | null = null) {
    this.backend = backend
    this.#parent = parent
  }

  get disposed(): boolean {
    return this.#disposed
  }

  /** How many allocations this scope and its children hold. */
  get live(): number {
    let count = this.#storages.length
    for (const child of this.#children) count += child.live
    return count
  }

  /** Contents are unspecified until written. Shape: any; every axis at least 1. */
  alloc<D extends DType>(shape: Shape, dtype: D): Tensor<D> {
    return new Tensor(this, shape, dtype, this.#allocate(shape, dtype))
  }

  /** A tensor with the values of `data`, which is copied; its array type gives the dtype. */
  from<A extends Data>(data: A, shape: Shape): Tensor<DTypeOf<A>> {
    const tensor = this.alloc(this.#fit('from', data, shape), dtypeOf(data))
    tensor.write(data)
    // `dtypeOf` computes at run time what `DTypeOf` computes for the compiler.
    return tensor as Tensor<DTypeOf<A>>
  }

  /** Class indices, checked against [0, classes) here, on the host, once; kernels trust them. */
  labels(data: Int32Array, classes: number): Labels {
    const shape = this.#fit('labels', data, [data.length])
    checkLabels(data, classes)
    const labels = new Labels(this, shape, this.#allocate(shape, 'int32'), classes)
    labels.write(data)
    return labels
  }

  /** A scope that can be freed earlier than this one, and is freed with it at the latest. */
  child(): Scope {
    this.#alive()
    const child = new Scope(this.backend, this)
    this.#children.add(child)
    return child
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return
    for (const child of [...this.#children]) child[Symbol.dispose]()
    this.#disposed = true
    if (this.#parent) this.#parent.#children.delete(this)
    // All are freed before a promise is refused.
    let returned: unknown
    for (const storage of this.#storages.splice(0)) returned = this.backend.free(storage) ?? returned
    queued('free', returned)
  }

  #allocate(shape: Shape, dtype: DType): unknown {
    this.#alive()
    checkShape('alloc', shape)
    const storage = queued('alloc', this.backend.alloc(sizeOf(shape), dtype))
    this.#storages.push(storage)
    return storage
  }

  #fit(call: string, data: Data, shape: Shape): Shape {
    checkShape(call, shape)
    if (data.length !== sizeOf(shape))
      throw new ShapeError(
        `${call}: shape ${formatShape(shape)} has ${sizeOf(shape)} elements, the array has ${data.length}`,
      )
    return shape
  }

  #alive(): void {
    if (this.#disposed) throw new FreedError('alloc: the scope was freed')
  }
}
