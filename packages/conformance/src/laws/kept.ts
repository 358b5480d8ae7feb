import type { Case, Results } from '../core/case.js'
import type { Subject, Want } from '../core/spec.js'
import { runCase } from '../core/subject.js'
import { Violation } from '../core/violation.js'
import { type Watch, watching } from '../core/watch.js'

const watches = new WeakMap<Subject, Watch>()

/** Runs a case on the backend under test; throws a `Violation` where a kernel changes what is no output of its own. */
export async function runKept(subject: Subject, c: Case, want: Want = {}): Promise<Results> {
  const { spec, backend, dtype } = subject
  const watch = watches.get(subject) ?? watching(backend, dtype)
  watches.set(subject, watch)
  const results = await runCase(spec, watch.backend, dtype, c, want)
  const change = await watch.firstChange()
  if (!change) return results
  const { kernel, operand, index, before, after } = change
  const what = operand ?? 'memory that it was not given'
  throw new Violation(
    `${c.layer}: inputs kept: ${kernel} changed ${what}: element ${index} was ${before}, is ${after}`,
    {
      case: c,
      evidence: {
        law: 'inputs kept',
        output: `${what} after ${kernel}`,
        index: [index],
        expected: before,
        got: after,
        bound: 0,
        broken: 1,
        of: 1,
        sides: ['after the call', 'before it'],
      },
    },
  )
}
