import type fc from 'fast-check'
import type { Case } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed, rounded } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'
import { variantOf } from '../core/variant.js'

/** A case with some operands moved below the smallest normal number, by 2^exponent or its root. */
export type Shrink = (c: Case, exponent: number) => Case

/** Numbers about 1 become some 2^17 of the smallest steps: few enough to be flushed, many enough for a bound to see it. */
const exponents = { float32: -132, float64: -1057 } as const

/**
 * Operands (inputs, `dy`, attributes that are numbers), each with its share of the exponent: half of it for two that are
 * multiplied makes a subnormal product of normal numbers.
 */
export function shrink(shares: { readonly [operand: string]: number }): Shrink {
  return (c, exponent) => {
    const times = (name: string, value: number) => value * 2 ** ((shares[name] ?? 0) * exponent)
    const { dy } = c
    return changed(c, {
      attrs: Object.fromEntries(
        Object.entries(c.attrs).flatMap(([name, value]) =>
          name in shares ? [[name, times(name, Number(value))]] : [],
        ),
      ),
      inputs: Object.fromEntries(
        Object.entries(c.inputs).flatMap(([name, array]) =>
          name in shares ? [[name, map(array, (value) => times(name, value))]] : [],
        ),
      ),
      dy: dy && map(dy, (value) => times('dy', value)),
    })
  }
}

/** `ways` are tried in turn, on `cases` or the layer's own. */
export function subnormals(ways: readonly Shrink[], cases?: fc.Arbitrary<Case>): Law {
  const says = 'below the smallest normal number operands are used, and results given, within the derived bound'
  return {
    name: 'subnormals',
    says,
    needs: 'subnormals',
    ...(cases ? { cases } : {}),
    async check(subject, c) {
      const way = ways[variantOf(c, ways.length)]
      const tiny = rounded(way(c, exponents[subject.dtype]), subject.dtype)
      compare(
        `subnormals: ${says}`,
        tiny,
        await subject.run(tiny),
        await subject.exact(tiny),
        await subject.bounds(tiny),
        subject,
      )
    },
  }
}

/** Of a layer whose results are products of x, w and dy. */
export const subnormalProducts = subnormals([
  shrink({ x: 1, b: 1 }),
  shrink({ dy: 1 }),
  shrink({ w: 1, b: 1 }),
  shrink({ x: 0.5, w: 0.5, b: 1 }),
  shrink({ x: 0.5, dy: 0.5 }),
])
