import type { Case } from '../core/case.js'
import type { LayerSpec } from '../core/spec.js'

/** A case that a plan made for another may be taken for: storages of the same sizes, and one thing else. */
export interface Variant {
  readonly differs: string
  readonly case: Case
  /** Where it is another layer's. */
  readonly spec?: LayerSpec
  /** Gradients that are left out. */
  readonly unwanted?: readonly string[]
}
