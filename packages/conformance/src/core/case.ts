import type { Shape } from '@convkit/api'

/** Host values in float64 (or int32 for labels): what a case is made of, whatever dtype a backend computes in. */
export interface NdArray {
  readonly shape: Shape
  readonly data: Float64Array | Int32Array
}

export type Attributes = { readonly [name: string]: unknown }

/**
 * One call of a layer as data, in the form of a reference file: attributes, inputs by name and the upstream gradient.
 * It is what properties generate, what a failure prints, and what `--save-failures` writes.
 */
export interface Case {
  readonly layer: string
  readonly attrs: Attributes
  readonly inputs: { readonly [name: string]: NdArray }
  /** Random, never all ones; absent where the layer has no upstream gradient (losses, updates). */
  readonly dy?: NdArray
}

/** Outputs and gradients by name: `y`, `loss`, `dx`, `dw`, `runningMean`, ... */
export type Results = { readonly [name: string]: NdArray }
