import fc from 'fast-check'
import type { Case, NdArray } from '../core/case.js'
import { changed } from '../core/inputs.js'
import { compareKinds } from '../core/kinds.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'

/**
 * For inputs whose infinities may come out as infinities or as NaN, depending on how a formula is arranged: a NaN goes the
 * same way in every arrangement.
 */
export function nan(cases: fc.Arbitrary<Case>, names: readonly string[]): Law {
  return {
    name: 'NaN',
    says: `a NaN in ${names.join(', ')} reaches all that is computed from it and nothing else`,
    needs: 'nonFinite',
    // Part of what is generated, so that a counterexample keeps its NaN while its shapes shrink around it.
    cases: fc.tuple(cases, fc.constantFrom(...names), fc.nat()).map(([c, name, at]) => plant(c, name, at)),
    async check(subject, c) {
      compareKinds(`NaN: ${this.says}`, c, await subject.run(c), await subject.exact(c), subject.dtype)
    },
  }
}

function plant(c: Case, name: string, at: number): Case {
  const spoilt = (array: NdArray) => map(array, (value, i) => (i === at % array.data.length ? Number.NaN : value))
  return changed(c, name === 'dy' ? { dy: c.dy && spoilt(c.dy) } : { inputs: { [name]: spoilt(c.inputs[name]) } })
}
