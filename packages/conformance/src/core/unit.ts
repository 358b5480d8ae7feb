import type { Conventions, KernelName } from '@convkit/api'
export type FunctionName = 'exp' | 'log' | 'sqrt' | 'divide'

/** How a result was computed: the arithmetic of its kernel, and the conventions of its backend. */
export interface Unit {
  /** Unit roundoff. */
  readonly u: number
  /** The smallest step near zero. */
  readonly eta: number
  /** What each slot of an optimizer may be off by because it is flushed: twice the smallest normal number, or 0. */
  readonly state: number
  /** Errors of functions, in units in the last place; half of one is correctly rounded. */
  readonly ulps: { readonly [F in FunctionName]: number }
  /** What they may be off by beside that. */
  readonly absolute: { readonly [F in FunctionName]: number }
  readonly convolution: 'direct' | 'winograd'
  readonly conventions: Conventions
  /** That of another kernel of the same backend, where a result is made by several. */
  of(kernel: KernelName): Unit
}
