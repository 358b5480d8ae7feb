import { Random } from '@convkit/data'
import type { Case, NdArray } from '../core/case.js'
import { compare } from '../core/compare.js'
import { changed } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { map } from '../core/values.js'

/**
 * For inputs whose infinities may come out as infinities or as NaN, depending on how a formula is arranged: a NaN goes the
 * same way in every arrangement.
 */
export function nan(names: readonly string[]): Law {
  return {
    name: 'NaN',
    says: `a NaN in ${names.join(', ')} reaches all that is computed from it and nothing else`,
    async check(subject, c) {
      if (subject.backend.arithmetic?.[subject.dtype]?.nonFinite === 'unspecified') return
      const planted = plant(c, names)
      const expected = await subject.exact(planted)
      const anything = Object.entries(expected).map(([name, array]) => [
        name,
        map(array, () => Number.POSITIVE_INFINITY),
      ])
      compare('NaN', planted, await subject.run(planted), expected, Object.fromEntries(anything))
    },
  }
}

function plant(c: Case, names: readonly string[]): Case {
  const arrays: { readonly [name: string]: NdArray } = { ...c.inputs, ...(c.dy ? { dy: c.dy } : {}) }
  const open = names.filter((name) => name in arrays)
  const random = new Random(open.reduce((seed, name) => seed * 31 + arrays[name].data.length, 7))
  const chosen = open[random.integer(open.length)]
  const at = random.integer(arrays[chosen].data.length)
  const spoilt = map(arrays[chosen], (value, i) => (i === at ? Number.NaN : value))
  return changed(c, chosen === 'dy' ? { dy: spoilt } : { inputs: { [chosen]: spoilt } })
}
