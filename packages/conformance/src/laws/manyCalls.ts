import type { Data } from '@convkit/api'
import type { Case } from '../core/case.js'
import { bind, type Program, record } from '../core/program.js'
import { otherwise, small } from '../core/small.js'
import type { Law, LayerSpec } from '../core/spec.js'
import type { Subject } from '../core/subject.js'
import { Violation } from '../core/violation.js'
import { createWorkspace, type Workspace } from '../core/workspace.js'
import { variantsOf } from '../layers/variants.js'
import { held } from './held.js'
import { elsewhere } from './scripts.js'

/** Past 4,096: what counts in bytes, in rings or to a round number has come round by then. */
const most = 4200
/** Of float64, whose kernels are counted alike, and of sandwiches, whose kernels are their layers'. */
const fewer = 1100
/** Reads in flight. */
const flight = 32

/** Counters that wrap, rings that fill, every hundredth call another path. */
export function manyCalls(spec: LayerSpec): Law {
  return {
    name: 'many calls',
    says: 'the thousandth call gives the bits that the first gave',
    needs: 'deterministic',
    cases: small(spec.cases, 40),
    weight: 40,
    async check(subject, c) {
      const modes = variantsOf(c).filter(({ differs }) => differs.endsWith('mode'))
      const calls = subject.dtype === 'float64' || spec.composed ? fewer : most
      for (const { case: own } of [{ case: c }, ...modes]) {
        using workspace = createWorkspace(subject.backend)
        await repeat(subject, workspace, own, calls)
      }
    },
  }
}

/** Two cases by turns into the same outputs: a call that is left out leaves the other's results there. */
async function repeat(subject: Subject, workspace: Workspace, c: Case, calls: number): Promise<void> {
  const { backend, spec } = subject
  const { inPlace = [] } = spec
  const programs = [c, otherwise(c)].map((own, i) => {
    const recorded = record(subject, own)
    const isRead = (name: string) => recorded.operands.has(name) && !inPlace.includes(name)
    return bind(subject, recorded, workspace, (name) => (i === 1 && isRead(name) ? elsewhere(name) : name))
  })
  for (const program of programs) program.load()

  const call = ({ load, run, outputs }: Program): Promise<Data[]> => {
    if (inPlace.length > 0) load(inPlace)
    run()
    return Promise.all(Array.from(outputs.values(), ({ storage }) => backend.read(storage)))
  }
  const expected: (readonly Data[])[] = []
  for (const program of programs) {
    const results = await call(program)
    expected.push(results)
    const named = Array.from(program.outputs, ([name, { shape }], i) => [
      name,
      { shape, data: Float64Array.from(results[i]) },
    ])
    await held('many calls: the first', subject, program.recorded.case, Object.fromEntries(named), 'drawn')
  }

  for (let done = programs.length; done < calls; done += flight) {
    const made = Array.from({ length: flight }, (_, i) => call(programs[i % 2]))
    for (const [i, results] of (await Promise.all(made)).entries())
      for (const [k, data] of results.entries()) {
        const right = expected[i % 2][k]
        if (isSame(data, right)) continue
        const at = right.findIndex((value, j) => !Object.is(value, data[j]))
        const output = `${[...programs[0].outputs.keys()][k]}[${at}]`
        throw new Violation(
          `${c.layer}: many calls: call ${done + i + 1} gives ${data[at]} for ${output}, where the same call gave ${right[at]}`,
          { case: programs[i % 2].recorded.case },
        )
      }
  }
}

function isSame(a: Data, b: Data): boolean {
  for (let i = 0; i < b.length; i++) if (!Object.is(a[i], b[i])) return false
  return a.length === b.length
}
