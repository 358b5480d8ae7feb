/** A real fault that cannot be planted behind the interface. */
export interface Inexpressible {
  readonly link: string
  /** What the library got wrong, in one sentence. */
  readonly says: string
  /** What it takes that the interface does not have: `strides`, `layout`, `dtype`, `dynamic shapes`, `size`. */
  readonly takes: string
}

/** Real faults of the same layers, for the record. */
export const inexpressible: readonly Inexpressible[] = []
