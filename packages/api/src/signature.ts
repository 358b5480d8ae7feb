/**
 * The order of a kernel's storage arguments, for code that treats all kernels alike (fallback, recording, tests):
 * `kernel(dims, scalars?, ...reads, ...updates, ...writes)`.
 */
export interface Signature {
  /** Whether a scalars object follows the dims. */
  readonly scalars?: boolean
  readonly reads: readonly string[]
  /** Read and overwritten in place. */
  readonly updates?: readonly string[]
  /** Overwritten; earlier contents are never read. */
  readonly writes?: readonly string[]
  /** Names that may be null: not given, or not wanted. */
  readonly optional?: readonly string[]
}

/** One signature for each method of a kernel table. */
export type Signatures<Table> = { readonly [M in Exclude<keyof Table, 'unsupported'>]: Signature }

/** What every kernel table may add. */
export interface Refusable<Dims> {
  /** A reason this backend cannot do `d`, or null. Absent means it can do all of them. */
  unsupported?(d: Dims): string | null
}
