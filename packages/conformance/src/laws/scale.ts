import type { FloatDType } from '@convkit/api'
import type { NdArray } from '../core/case.js'
import { changed, each } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'
import { variantOf } from '../core/variant.js'
import { sameBits } from './sameBits.js'

/** Names of inputs (and `dy`) or results, each with the power of the factor that it is multiplied by. */
type Powers = { readonly [name: string]: number }

/** The exponents of two that the factor is drawn from. */
type Exponents = { readonly [D in FloatDType]: readonly number[] }

/** Short of overflow and underflow after two products. Those of float64 leave what float32 can hold. */
const ofProducts: Exponents = { float32: [20, -15], float64: [150, -150] }
/** The same for layers that choose or copy. */
export const ofCopies: Exponents = { float32: [55, -40], float64: [450, -450] }

/**
 * Multiplying inputs (and `dy`) by powers of two multiplies each result by the power given for it, to the last bit:
 * rounding commutes with powers of two short of overflow and underflow, in whatever order sums run, if it is the same.
 */
export function scale(inputs: Powers, results: Powers, exponents: Exponents = ofProducts): Law {
  const says = `with k a power of two, ${list(inputs)} give ${list(results)}, to the last bit`
  return {
    name: 'scale',
    says,
    needs: 'deterministic',
    async check(subject, c) {
      const choices = exponents[subject.dtype]
      const exponent = choices[variantOf(c, choices.length)]
      const times = (powers: Powers) =>
        Object.fromEntries(
          Object.entries(powers).map(([name, power]) => {
            const factor = 2 ** (power * exponent)
            return [name, (array: NdArray) => map(array, (value) => factor * value)]
          }),
        )
      const { dy, ...own } = times(inputs)
      const other = changed(c, { inputs: each(c.inputs, own), dy: c.dy && (dy ? dy(c.dy) : c.dy) })
      const expected = each(await subject.run(c), times(results))
      sameBits(`scale: ${says}`, c, await subject.run(other), expected, [
        'with the inputs multiplied',
        'as its multiple of the result without',
      ])
    },
  }
}

function list(powers: Powers): string {
  return Object.entries(powers)
    .map(([name, power]) => `${['', 'k ', 'k² ', 'k³ '][power]}${name}`)
    .join(', ')
}
