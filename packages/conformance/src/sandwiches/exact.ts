import type { Case, NdArray } from '../core/case.js'
import type { LayerSpec, Unit } from '../core/spec.js'
import { map } from '../core/values.js'

/**
 * The case with every value rounded to a multiple of 1/8 in [-4, 4]. Products and sums of such values are exact, so no
 * rounding can move a value across a kink, and a sandwich of convolution, affine, relu and pooling has the bound 0.
 */
export function exactCase(layer: string, c: Case): Case {
  const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, array]) => [name, eighths(array)]))
  return { ...c, layer, inputs, ...(c.dy ? { dy: eighths(c.dy) } : {}) }
}

/** The long cases of a sandwich's first layer, on whole numbers: relu keeps them whole. */
export function sharpenedAs(layer: string, { sharpen, long = {} }: LayerSpec): Pick<LayerSpec, 'sharpen' | 'long'> {
  const renamed = (c: Case): Case => ({ ...c, layer })
  return {
    ...(sharpen && { sharpen: (c: Case, unit: Unit) => renamed(sharpen(c, unit)) }),
    long: Object.fromEntries(Object.entries(long).map(([over, cases]) => [over, cases.map(renamed)])),
  }
}

export function eighths(array: NdArray): NdArray {
  return map(array, (value) => Math.round(Math.max(-4, Math.min(4, value)) * 8) / 8)
}
