import type { NdArray, Results } from './case.js'
import type { Bounds, Unit } from './spec.js'
import { map } from './values.js'

/**
 * gamma(k) = k u / (1 - k u): the relative error of k successive roundings (Higham 2002, lemma 3.1). From k u = 1 on it
 * says nothing.
 */
export function gamma(k: number, { u }: Pick<Unit, 'u'>): number {
  return k * u < 1 ? (k * u) / (1 - k * u) : Number.POSITIVE_INFINITY
}

/**
 * A sum of `terms` products, in any order, fused or not: |error| <= gamma(terms + 2) * sum |a b| + terms * eta, where
 * `magnitude` is that sum of absolute values.
 */
export function sumOfProducts(magnitude: NdArray, terms: number, unit: Unit): NdArray {
  const relative = gamma(terms + 2, unit)
  return map(magnitude, (value) => relative * value + terms * unit.eta)
}

/**
 * Whether a sum of multiples of `quantum` is exact in any order: its partial sums are multiples too, at most `magnitude`, and
 * numbers of log2(1 / u) bits hold them all.
 */
export function isExact(magnitude: number, quantum: number, { u }: Pick<Unit, 'u'>): boolean {
  return magnitude <= quantum / u
}

/** No rounding happens: outputs are copies of inputs, or zero. */
export function exactly(output: NdArray): NdArray {
  return map(output, () => 0)
}

/** Bounds listed element by element, in the shapes of the results that they belong to. */
export function elementwise(results: Results, errors: { readonly [name: string]: ArrayLike<number> }): Bounds {
  return Object.fromEntries(
    Object.entries(errors).flatMap(([name, list]) => {
      const array = results[name]
      return array ? [[name, map(array, (_, i) => list[i])]] : []
    }),
  )
}
