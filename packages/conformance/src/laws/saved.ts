import { type FloatTensor, Labels, Scope } from '@convkit/api'
import type { Case, NdArray } from '../core/case.js'
import type { Law, Outputs, Tensors } from '../core/spec.js'
import { queue, readAll, upload } from '../core/subject.js'
import { Violation } from '../core/violation.js'
import { reversed } from './additivity.js'
import { sameRuns } from './alike.js'

/**
 * `backward` gets the case's inputs and outputs as tensors that no forward pass has seen, after a forward pass on other
 * values: what a backend remembers of a forward pass must not stand in for what it is given.
 */
export function saved(backward: (scope: Scope, tensors: Tensors, dy: FloatTensor, c: Case) => Outputs): Law {
  return {
    name: 'saved',
    says: 'backward uses the tensors that it is given, not what the last forward pass left behind',
    async check(subject, c) {
      const { spec, backend, dtype, run } = subject
      const all = await run(c)
      using scope = new Scope(backend)
      const copies = (arrays: { readonly [name: string]: NdArray }) =>
        Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, upload(scope, dtype, array, 0)]))
      const { dy, ...tensors } = copies({ ...c.inputs, ...all, ...(c.dy ? { dy: c.dy } : {}) })
      if (!dy || dy instanceof Labels) throw new Violation(`${c.layer}: saved: the case has no dy`, { case: c })
      const inputs = Object.fromEntries(Object.entries(c.inputs).map(([name, array]) => [name, reversed(array)]))
      queue(spec, scope, dtype, { ...c, inputs })
      const gradients = Object.values(spec.gradients).flatMap((name) => {
        const array = all[name]
        return array ? [[name, array] as const] : []
      })
      const again = await readAll(backward(scope, tensors, dy, c))
      await sameRuns('saved', subject, c, again, Object.fromEntries(gradients), [
        'on copies, after a forward pass on other values',
        'right after its own forward pass',
      ])
    },
  }
}
