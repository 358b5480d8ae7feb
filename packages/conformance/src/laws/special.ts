import fc from 'fast-check'
import type { Case, NdArray } from '../core/case.js'
import { changed } from '../core/inputs.js'
import { compareKinds } from '../core/kinds.js'
import type { Law, LayerSpec } from '../core/spec.js'

const planted = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 2 ** -149, -(2 ** -140)]

interface Plant {
  readonly value: number
  readonly input: number
  readonly at: number
}

/** Part of what is generated, so that a counterexample keeps its NaN while its shapes shrink around it. */
const plants: fc.Arbitrary<readonly Plant[]> = fc.array(
  fc.record({ value: fc.constantFrom(...planted), input: fc.nat(), at: fc.nat() }),
  { minLength: 1, maxLength: 3 },
)

/** NaN and infinities come out where the formula says, however the sums are ordered, and nowhere else. */
export function special(spec: Pick<LayerSpec, 'cases' | 'special' | 'specialCases'>): Law {
  const names = (c: Case) => spec.special?.(c) ?? [...Object.keys(c.inputs), 'dy']
  const cases = (spec.specialCases ?? spec.cases).filter((c) => names(c).length > 0)
  return { ...law, cases: fc.tuple(cases, plants).map(([c, plants]) => plant(c, names(c), plants)) }
}

const law: Law = {
  name: 'special values',
  says: 'NaN and infinities, also beside -0 and subnormals, go where the formula sends them; a NaN is never hidden',
  needs: 'nonFinite',
  async check(subject, planting) {
    compareKinds('special values', planting, await subject.run(planting), await subject.exact(planting), subject.dtype)
  },
}

function plant(c: Case, names: readonly string[], plants: readonly Plant[]): Case {
  const arrays: { [name: string]: NdArray } = { ...c.inputs, ...(c.dy ? { dy: c.dy } : {}) }
  const open = names.filter((name) => arrays[name]?.data instanceof Float64Array)
  for (const { value, input, at } of open.length > 0 ? plants : []) {
    const name = open[input % open.length]
    const { shape, data } = arrays[name]
    arrays[name] = { shape, data: data.with(at % data.length, value) }
  }
  const { dy, ...inputs } = arrays
  return changed(c, { inputs, dy })
}
