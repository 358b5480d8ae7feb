import { mapInputs, type Outputs, type ReferenceCase } from '../case.js'
import { type Bound, gamma } from './rounding.js'

/**
 * For outputs that are sums of products, in any order, with or without fused multiply-add: a sum of n products and at
 * most one more term is within gamma_{n+1} of the same sum of magnitudes, and n eta (Higham, (3.5)). `lengths` gives n
 * for each output.
 */
export function sumsOfProducts(lengths: (c: ReferenceCase) => { readonly [output: string]: number }): Bound {
  return async (c, evaluate, { u, eta }) => {
    const magnitudes = await evaluate(mapInputs(c, Math.abs))
    const bounds: [string, Float64Array][] = []
    for (const [name, n] of Object.entries(lengths(c)))
      bounds.push([name, scaled(magnitudes, name, gamma(n + 1, u), 2 * n * eta)])
    return new Map(bounds)
  }
}

/** factor * outputs[name] + offset; nothing where the output is absent. */
export function scaled(outputs: Outputs, name: string, factor: number, offset: number): Float64Array {
  return (outputs.get(name) ?? new Float64Array(0)).map((value) => factor * value + offset)
}
