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

/** Whether each output of a call is wanted: `{ dx: true, dw: false, db: true }`. */
export type WantedOutputs = { readonly [output: string]: boolean }

/** What every kernel table may add. */
export interface Refusable<Dims> {
  /**
   * A reason this backend cannot do this call of `method`, or null. `wanted` has every output of the method; those that are
   * not wanted are null in the call. Absent means it can do all calls.
   */
  unsupported?(d: Dims, method: string, wanted: WantedOutputs): string | null
}

/** What a kernel overwrites: first what it updates in place. */
export function outputsOf({ updates = [], writes = [] }: Signature): readonly string[] {
  return [...updates, ...writes]
}
