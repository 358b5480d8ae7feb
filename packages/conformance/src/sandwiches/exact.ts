import type { Case, NdArray } from '../core/case.js'
import { map } from '../core/values.js'

/**
 * The case with every value rounded to a multiple of 1/8 in [-4, 4]. Products and sums of such values are exact, so no
 * rounding can move a value across a kink, and a sandwich of convolution, affine, relu and pooling has the bound 0.
 */
export function exactCase(layer: string, c: Case): Case {
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, array]) => [name, eighths(array)]))
  return { ...c, layer, inputs, ...(c.dy ? { dy: eighths(c.dy) } : {}) }
}

export function eighths(array: NdArray): NdArray {
  return map(array, (value) => Math.round(Math.max(-4, Math.min(4, value)) * 8) / 8)
}
