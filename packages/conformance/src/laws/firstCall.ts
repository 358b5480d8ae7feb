import type { FloatDType } from '@convkit/api'
import { Random } from '@convkit/data'
import { anotherOf } from '../backend/own.js'
import { type Check, defaultRuns } from '../core/check.js'
import { rounded } from '../core/inputs.js'
import { holds } from '../core/property.js'
import type { LayerSpec } from '../core/spec.js'
import { createSubject } from '../core/subject.js'
import { hold } from './oracle.js'

/** What is made ready at the first call may be made ready wrong, and only then: each case is the first of a new backend. */
export function firstCallCheck(spec: LayerSpec, dtype: FloatDType): Check {
  return {
    id: `${spec.layer}/first-call/${dtype}`,
    layer: spec.layer,
    law: 'first call',
    dtype,
    says: 'the first call of a new backend is right, even if it is a large one',
    async run(context) {
      // Sums whose bounds are narrow.
      const swept = (spec.sweeps ?? []).map(({ at, count }) => at(Math.max(0, count() - 4), new Random(context.seed)))
      const all = swept.length + 2
      return await holds(
        { ...context, runs: Math.ceil((context.runs * all) / defaultRuns) },
        spec.large.map((c) => rounded(c, dtype)),
        async (c) => {
          const own = await anotherOf(context)
          const subject = createSubject(spec, own ?? context.backend, context.oracle, dtype, context.tally)
          try {
            await hold('first call', subject, c)
          } finally {
            await own?.close?.()
          }
        },
        (c) => c,
        swept.map((c) => rounded(c, dtype)),
      )
    },
  }
}
