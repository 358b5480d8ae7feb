import type { Case, NdArray } from '../core/case.js'
import type { LayerSpec } from '../core/spec.js'
import type { Unit } from '../core/unit.js'
import { map } from '../core/values.js'
import { variantOf } from '../core/variant.js'

/**
 * The case with every value rounded to a multiple of 1/8 in [-4, 4]. Products and sums of such values are exact, so no
 * rounding can move a value across a kink, and a sandwich of convolution, affine, relu and pooling has the bound 0.
 *
 * One operand has bits besides that float64 can hold, and products and sums with them, but float32 cannot.
 */
export function exactCase(layer: string, c: Case): Case {
  const operands = Object.entries({ ...c.inputs, ...(c.dy ? { dy: c.dy } : {}) })
  const fine = variantOf(c, operands.length)
  const { dy, ...inputs } = Object.fromEntries(
    operands.map(([name, array], k) => [name, k === fine ? withLowBits(eighths(array)) : eighths(array)]),
  )
  return { ...c, layer, inputs, ...(dy ? { dy } : {}) }
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

/** Less than half of what float32 can tell from a multiple of 1/8: rounded to float32, they are gone. */
function withLowBits(array: NdArray): NdArray {
  return map(array, (value) => value + Math.sign(value) * 2 ** -28)
}
