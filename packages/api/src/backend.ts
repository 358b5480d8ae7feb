import type { DeclaredConventions } from './conventions.js'
import type { Data, DType, FloatDType } from './dtype.js'
import type { KernelName, KernelTables } from './kernels.js'
import type { ComposedKernel, KernelCall } from './mapKernels.js'
import type { Queued } from './queued.js'

/** How far a function may be off: at most so many units in the last place, and beside them so much in absolute terms. */
export interface Accuracy {
  readonly ulps: number
  readonly absolute?: number
}

/** How a kernel computes, where it is not plain IEEE. */
export interface KernelArithmetic {
  /** 2^-24 for float32, 2^-53 for float64, 2^-11 for TF32. */
  readonly unitRoundoff: number
  /**
   * What is below the smallest normal number. `stateFlushed`: kept, but may count as 0 where an optimizer stores its state
   * (moments, velocities) and adds to it; there it stays for good, and slows down processors that cannot flush.
   */
  readonly subnormals: 'kept' | 'stateFlushed' | 'flushed'
  readonly nonFinite: 'ieee' | 'unspecified'
  readonly deterministic: boolean
  /** Errors in units in the last place; half of one is correctly rounded. Default: exp and log 2, sqrt and divide 0.5. */
  readonly functionUlps?: { readonly [F in 'exp' | 'log' | 'sqrt' | 'divide']?: number | Accuracy }
}

/** How 3 x 3 convolutions may be computed. */
export interface ConvolutionArithmetic {
  /**
   * How 3 x 3 convolutions at stride 1, and their dx, may be computed. `direct`: as sums of products. `winograd`: also by
   * F(2x2, 3x3) on tiles of 2 x 2 outputs, counted from the first, whose rounding errors have a bound of their own. Default: direct.
   */
  readonly convolution?: 'direct' | 'winograd'
}

/** How a backend computes in one dtype, and single kernels where they compute otherwise. */
export interface Arithmetic extends KernelArithmetic, ConvolutionArithmetic {
  /** What differs in a kernel from all that stands beside it: `{ conv2d: { unitRoundoff: 2 ** -11 } }`. */
  readonly kernels?: {
    readonly [L in KernelName]?: Partial<KernelArithmetic> &
      (L extends 'conv2d' | 'convRelu' ? ConvolutionArithmetic : unknown)
  }
}

/**
 * Where numbers live and who does the maths. Four functions make a backend; kernels make it fast.
 *
 * Calls are QUEUED in call order and return at once; only `read` and `sync` wait. A backend may run a call
 * before returning (naive), hand it to threads, or record it and compile the lot.
 * A queued call that fails poisons the queue until its error has been read.
 *
 * `S` is the backend's own storage: a typed array, a pointer into linear memory, a graph value.
 */
export interface Backend<S = unknown> {
  readonly name: string
  /** What it really runs on: provider, device, threads, SIMD level. */
  readonly description: string
  /** Absent means plain IEEE 754. */
  readonly arithmetic?: { readonly [D in FloatDType]?: Arithmetic }
  /** Where libraries differ and this backend differs from us; absent means our rules. See `conventionTable`. */
  readonly conventions?: DeclaredConventions
  /** Whether batch norm's statistics are those of all processes' rows: `withSyncBatchNorm`. */
  readonly syncBatchNorm?: true
  /** Presence is capability. A missing dtype, layer or method is not an error: see `withFallback`. */
  readonly kernels: { readonly [D in FloatDType]?: KernelTables<S> }
  /**
   * Queues a call of a kernel by its composition, of a layer that the tables do not list: one of the user's own. Absent means
   * that such a layer runs here by `withFallback` alone.
   */
  compose?(kernel: ComposedKernel, call: KernelCall<S>): Queued
  /** Contents are unspecified until written. `length` counts elements. Throws at once when memory is out. */
  alloc(length: number, dtype: DType): S
  /** Queued like any call: earlier calls may still use `storage`, later ones must not. */
  free(storage: S): Queued
  /** Copies `data` before returning; never flushes the queue. */
  write(storage: S, data: Data): Queued
  /** Waits for what was queued before it; fills `into` where given. The one place where values and kernel errors surface. */
  read(storage: S, into?: Data): Promise<Data>
  /** Waits without copying; benchmarks put it inside the timed region. */
  sync?(): Promise<void>
  /** The end of a training step: a recording backend may batch several equal steps into one run. */
  mark?(label: 'step'): Queued
  close?(): Promise<void>
}
