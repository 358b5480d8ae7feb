import { Random } from '@convkit/data'
import type { Case, NdArray } from '../core/case.js'
import { changed } from '../core/inputs.js'
import type { Law } from '../core/spec.js'
import { Violation } from '../core/violation.js'

const planted = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 2 ** -149, -(2 ** -140)]

/** NaN and infinities come out where the formula says, however the sums are ordered, and nowhere else. */
export const special: Law = {
  name: 'special values',
  says: 'NaN, infinities, -0 and subnormals go where the formula sends them; a NaN is never hidden',
  async check(subject, c) {
    const declared = subject.backend.arithmetic?.[subject.dtype]
    if (declared?.nonFinite === 'unspecified') return
    const planting = plant(c, subject.spec.special?.(c) ?? [...Object.keys(c.inputs), 'dy'])
    const [got, exact] = [await subject.run(planting), await subject.exact(planting)]
    for (const [name, expected] of Object.entries(exact))
      for (const [i, value] of expected.data.entries()) {
        const seen = got[name]?.data[i] ?? 0
        if (kind(seen) === kind(value)) continue
        throw new Violation(`${c.layer}: special values: ${name}[${i}] is ${seen}, expected ${value}`, {
          case: planting,
          evidence: {
            law: special.says,
            output: name,
            index: [i],
            expected: value,
            got: seen,
            bound: 0,
            broken: 1,
            of: expected.data.length,
          },
        })
      }
  },
}

function kind(value: number): string {
  return Number.isFinite(value) ? 'finite' : String(value)
}

/** One to three special values at random places. */
function plant(c: Case, names: readonly string[]): Case {
  const arrays: { [name: string]: NdArray } = { ...c.inputs, ...(c.dy ? { dy: c.dy } : {}) }
  const open = names.filter((name) => arrays[name]?.data instanceof Float64Array)
  const random = new Random(open.reduce((seed, name) => seed * 31 + (arrays[name]?.data.length ?? 0), 7))
  for (let k = random.integer(3); k >= 0 && open.length > 0; k--) {
    const name = open[random.integer(open.length)]
    const array = arrays[name]
    if (!array) continue
    const data = array.data.slice()
    data[random.integer(data.length)] = planted[random.integer(planted.length)]
    arrays[name] = { shape: array.shape, data }
  }
  const { dy, ...inputs } = arrays
  return changed(c, { inputs, dy })
}
