import type { NdArray, Results } from './case.js'
import { exactBelow } from './grid.js'
import type { Bounds } from './spec.js'
import type { Unit } from './unit.js'
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
 * `magnitude` is that sum of absolute values. Products that are multiples of 2^grid are exact, and so is their sum while
 * `magnitude` is below 2^grid / u: the error is 0 then.
 */
export function sumOfProducts(
  magnitude: NdArray,
  terms: number,
  unit: Unit,
  grid: number = Number.NEGATIVE_INFINITY,
): NdArray {
  const relative = gamma(terms + 2, unit)
  const exact = exactBelow(grid, unit)
  return map(magnitude, (value) => (value < exact ? 0 : relative * value + terms * unit.eta))
}

/** No rounding happens: outputs are copies of inputs, or zero. */
export function exactly(output: NdArray): NdArray {
  return { shape: output.shape, data: new Float64Array(output.data.length) }
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
