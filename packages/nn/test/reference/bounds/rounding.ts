import type { Outputs, ReferenceCase } from '../case.js'

/** The arithmetic whose rounding is bounded. */
export interface Precision {
  /** Unit roundoff: half the distance from 1 to the next number. */
  readonly u: number
  /** The smallest subnormal: what a product or quotient may lose by underflow. */
  readonly eta: number
  /** Errors of exp and log, in units in the last place. */
  readonly functionUlps: number
}

export const float32: Precision = { u: 2 ** -24, eta: 2 ** -149, functionUlps: 1 }
export const float64: Precision = { u: 2 ** -53, eta: 2 ** -1074, functionUlps: 1 }

/** How far each output of a case may be from its exact value; `evaluate` is the layer in float64. */
export type Bound = (
  c: ReferenceCase,
  evaluate: (c: ReferenceCase) => Promise<Outputs>,
  precision: Precision,
) => Promise<Outputs>

/** gamma_k = k u / (1 - k u): the growth of k roundings (Higham, lemma 3.1). */
export function gamma(k: number, u: number): number {
  return k * u < 1 ? (k * u) / (1 - k * u) : Number.POSITIVE_INFINITY
}

/** a[i], which must be there. */
export function at(a: Float64Array | undefined, i: number): number {
  const value = a?.[i]
  if (value === undefined) throw new RangeError(`no element ${i}`)
  return value
}
