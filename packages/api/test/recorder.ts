import {
  type Backend,
  type Data,
  type DType,
  type FloatDType,
  isFused,
  type Kernels,
  kernelNames,
  kernelsOf,
  type Refusable,
} from '@convkit/api'

/** What the recorder hands out as storage: an identity, and the values last written to it. */
export interface Cell {
  readonly length: number
  readonly dtype: DType
  data: Data
}

export interface Call {
  readonly layer: string
  readonly method: string
  readonly dtype: FloatDType
  readonly args: readonly unknown[]
}

export interface RecorderOptions {
  readonly name?: string
  readonly dtypes?: readonly FloatDType[]
  /** Kernels to leave out, as `conv2d.backward`, or whole layers, as `conv2d`. */
  readonly missing?: readonly string[]
  /** Layers that refuse every call, with the reason. */
  readonly refusing?: { readonly [layer: string]: string }
  /** The same, as the tables themselves have it. */
  readonly refusals?: { readonly [layer: string]: NonNullable<Refusable<unknown>['unsupported']> }
  /** Fused kernels are there only when asked for. */
  readonly fused?: boolean
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array }

/** A backend that computes nothing and remembers everything it was asked to do. */
export class Recorder implements Backend<Cell> {
  readonly name: string
  readonly description = 'remembers calls'
  readonly kernels: Backend<Cell>['kernels']
  readonly calls: Call[] = []
  readonly allocated: Cell[] = []
  readonly freed: Cell[] = []
  /** When set, `alloc` throws it. */
  outOfMemory: Error | null = null

  constructor(options: RecorderOptions = {}) {
    this.name = options.name ?? 'recorder'
    this.kernels = Object.fromEntries(
      (options.dtypes ?? ['float32', 'float64']).map((dtype) => [dtype, this.#tables(dtype, options)]),
    )
  }

  get last(): Call | undefined {
    return this.calls.at(-1)
  }

  alloc(length: number, dtype: DType): Cell {
    if (this.outOfMemory) throw this.outOfMemory
    const cell = { length, dtype, data: new arrays[dtype](length) }
    this.allocated.push(cell)
    return cell
  }

  free(cell: Cell): void {
    this.freed.push(cell)
  }

  write(cell: Cell, data: Data): void {
    cell.data = data.slice()
  }

  async read(cell: Cell, into?: Data): Promise<Data> {
    if (!into) return cell.data.slice()
    into.set(cell.data)
    return into
  }

  #tables(
    dtype: FloatDType,
    { missing = [], refusing = {}, refusals = {}, fused = false }: RecorderOptions,
  ): Partial<Kernels<Cell>> {
    const tables: { [layer: string]: object } = {}
    for (const layer of kernelNames) {
      if (missing.includes(layer)) continue
      if (!fused && isFused(layer)) continue
      const table: { [method: string]: unknown } = {}
      for (const { method } of kernelsOf(layer))
        if (!missing.includes(`${layer}.${method}`))
          table[method] = (...args: readonly unknown[]) => this.calls.push({ layer, method, dtype, args })
      const reason = refusing[layer]
      if (reason !== undefined) table.unsupported = () => reason
      if (refusals[layer]) table.unsupported = refusals[layer]
      tables[layer] = table
    }
    // It has an entry for every method of every table.
    return tables as Partial<Kernels<Cell>>
  }
}
