import type { Data } from '@convkit/api'
import fc from 'fast-check'
import type { Case } from '../core/case.js'
import { defaultRuns } from '../core/check.js'
import { rounded } from '../core/inputs.js'
import { bind, type Program, record } from '../core/program.js'
import { otherwise, small } from '../core/small.js'
import type { Law, LayerSpec, Subject } from '../core/spec.js'
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
  const cases = small(spec.cases, 48)
  return {
    name: 'many calls',
    says: 'the thousandth call gives the bits that the first gave',
    needs: 'deterministic',
    cases,
    weight: defaultRuns,
    async check(subject, c, turn = 0, share = 1) {
      const calls = share * (subject.dtype === 'float64' || spec.composed ? fewer : most)
      const more = fc.sample(cases, { seed: turn, numRuns: 15 }).map((own) => rounded(own, subject.dtype))
      const telling = await mostTelling(subject, [c, ...more])
      const modes = variantsOf(telling).filter(({ differs }) => differs.endsWith('mode'))
      for (const own of [telling, ...modes.map((variant) => variant.case)]) await repeat(subject, own, calls)
    },
  }
}

/** The richest case whose outputs are all others for other values, none of them huge: whatever goes wrong shows in each. */
async function mostTelling(subject: Subject, cases: readonly Case[]): Promise<Case> {
  for (const c of cases.filter(isTame).sort((a, b) => richness(b) - richness(a))) {
    using workspace = createWorkspace(subject.backend)
    const [one, other] = await Promise.all(pairOf(subject, workspace, c).map((program) => call(subject, program)))
    if (one.every((data, k) => !isSame(data, other[k]))) return c
  }
  return cases[0]
}

function isTame({ inputs }: Case): boolean {
  return Object.values(inputs).every(({ data }) => data.every((value) => Math.abs(value) < 2 ** 10))
}

/** Counts operands and scalars, of which some may be absent or 0, and operands with more bits than a coarser format holds. */
function richness({ attrs, inputs, dy }: Case): number {
  const arrays = [...Object.values(inputs), ...(dy ? [dy] : [])]
  const full = arrays.filter(({ data }) => data.some((value) => !Number.isInteger(value * 2 ** 10)))
  const scalars = Object.values(attrs).filter((value) => typeof value === 'number' && value !== 0)
  return arrays.length + full.length + scalars.length
}

/** A case and its values otherwise, from operands of their own into the same outputs. */
function pairOf(subject: Subject, workspace: Workspace, c: Case): readonly Program[] {
  const programs = [c, otherwise(c)].map((own, i) => {
    const recorded = record(subject, own)
    const isRead = (name: string) => recorded.operands.has(name) && !subject.spec.inPlace?.includes(name)
    return bind(subject, recorded, workspace, (name) => (i === 1 && isRead(name) ? elsewhere(name) : name))
  })
  for (const program of programs) program.load()
  return programs
}

function call({ backend, spec: { inPlace } }: Subject, { load, run, outputs }: Program): Promise<Data[]> {
  if (inPlace) load(inPlace)
  run()
  return Promise.all(Array.from(outputs.values(), ({ storage }) => backend.read(storage)))
}

/** By turns, so that a call that is left out leaves the other's results there. */
async function repeat(subject: Subject, c: Case, calls: number): Promise<void> {
  using workspace = createWorkspace(subject.backend)
  const programs = pairOf(subject, workspace, c)
  const expected: (readonly Data[])[] = []
  for (const program of programs) {
    const results = await call(subject, program)
    expected.push(results)
    const named = Array.from(program.outputs, ([name, { shape }], i) => [
      name,
      { shape, data: Float64Array.from(results[i]) },
    ])
    await held('many calls: the first', subject, program.recorded.case, Object.fromEntries(named), 'drawn')
  }

  for (let done = programs.length; done < calls; done += flight) {
    const made = Array.from({ length: flight }, (_, i) => call(subject, programs[i % 2]))
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
