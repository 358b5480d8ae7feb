import type { Case, NdArray } from '../core/case.js'
import { changed } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'
import { variantOf } from '../core/variant.js'
import { Violation } from '../core/violation.js'

/** Both zeros planted among the elements of the named inputs (and `dy`). */
export function withZeros(names: readonly string[]): (c: Case) => Case {
  return (c) => {
    const shift = variantOf(c, 3)
    const plant = (array: NdArray, k: number) =>
      map(array, (value, i) => [0, -0, value][(i + Math.floor(i / 3) * k + shift) % 3])
    const planted = names.flatMap((name, k) => (c.inputs[name] ? [[name, plant(c.inputs[name], k)]] : []))
    return changed(c, {
      inputs: Object.fromEntries(planted),
      dy: c.dy && (names.includes('dy') ? plant(c.dy, 1) : c.dy),
    })
  }
}

/**
 * Of the named results every zero has the sign that the definition gives it, where each arrangement of the formula gives
 * the same. A device that declares nothing of NaN ignores signs of zeros as well, as WGSL has it.
 */
export function signedZeros(results: readonly string[], plant: (c: Case) => Case): Law {
  return {
    name: 'signed zeros',
    says: `a zero in ${results.join(', ')} has the sign that the formula gives it: -0 is not 0`,
    needs: 'nonFinite',
    async check(subject, drawn) {
      const c = plant(drawn)
      const [got, exact] = [await subject.run(c), await subject.exact(c)]
      for (const name of results)
        for (const [i, value] of exact[name]?.data.entries() ?? []) {
          const seen = got[name]?.data[i] ?? Number.NaN
          if (value !== 0 || Object.is(seen, value)) continue
          const spell = (zero: number) => (Object.is(zero, -0) ? '-0' : `${zero}`)
          throw new Violation(`${c.layer}: signed zeros: ${name}[${i}] is ${spell(seen)}, expected ${spell(value)}`, {
            case: c,
            evidence: {
              law: this.says,
              output: name,
              index: [i],
              expected: value,
              got: seen,
              bound: 0,
              broken: 1,
              of: exact[name].data.length,
            },
          })
        }
    },
  }
}
