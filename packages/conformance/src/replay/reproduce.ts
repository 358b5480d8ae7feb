import type { Drawn, Failure } from '../core/check.js'
import { casesText } from '../core/paths.js'
import { type CheckResult, isWrong } from '../report/report.js'
import { minimize } from './minimize.js'
import type { Reproduction } from './reproduction.js'
import type { StepProgress } from './run.js'
import type { Step } from './steps.js'

/** A check that a backend had met before the one that failed. */
export interface Past {
  readonly id: string
  /** Cases that ran. */
  readonly cases: number
}

/** What came of some steps on a backend that had done nothing before. */
export interface Fresh {
  readonly result: CheckResult
  /** The case that was begun last. */
  readonly at: StepProgress | null
}

export interface Laboratory {
  /** Runs steps on a fresh backend, in a process of its own where there is such. */
  run(steps: readonly Step[]): Promise<Fresh>
  /** So many may run at a time. */
  readonly atOnce: number
  /** The case at a path, which is not run; null where there is none. */
  draw(id: string, path: string): Promise<Drawn | null>
}

/** Milliseconds in which a smaller sequence, or a smaller case, is sought; what has begun is ended. */
export const patience = 30_000
/** Runs that tell what always fails from what fails now and then, */
const repeats = 3
/** and that say how often it does. */
export const runsOfChance = 20
/** Smaller cases that are tried where each may end its process. */
const mostShrinks = 24

/**
 * Runs a failure again, and gives it with what came of that: its smallest form, and the steps that lead to it. `elsewhere`
 * is tried first where the case passes by itself.
 */
export async function reproduce(
  result: CheckResult,
  before: readonly Past[],
  laboratory: Laboratory,
  elsewhere?: () => Promise<CheckResult>,
): Promise<CheckResult> {
  const { id, failure } = result
  const { atOnce } = laboratory
  const until = Date.now() + patience
  const patient = () => Date.now() < until
  const asItWas: Step = { id, cases: failure?.path ?? null }

  const alone = await again([asItWas])
  if (alone.failed > 0 && alone.failed < alone.of) return await byChance([asItWas], alone)
  if (alone.last) {
    const at = asItWas.cases === null ? numberOf(alone.last) : null
    if (at === null) return told(alone.last, [asItWas], 'alone', alone)
    return await leading([], at, alone.last)
  }
  if (elsewhere) return await elsewhere()
  const own = failure?.path ? Number.parseInt(failure.path, 10) : null
  const check: Step = { id, cases: own === null ? null : casesText(upTo(own + 1)) }
  for (const past of suffixes(before)) {
    if (past.length === 0 && check.cases === asItWas.cases) continue
    if (!patient()) break
    const steps = [...past.map((one) => ({ id: one.id, cases: null })), check]
    const met = await again(steps, 2)
    if (met.last && met.failed === met.of) return await leading(past, numberOf(met.last) ?? own, met.last)
    if (met.failed > 0) return await byChance(steps, met)
  }
  return await byChance([check], { failed: 0, of: 0 })

  /** Several runs, until one passes: the last that failed, and how many did. */
  async function again(steps: readonly Step[], times = repeats): Promise<Runs> {
    const fresh = [await laboratory.run(steps)]
    // What hangs once costs the whole time limit.
    if (failed(fresh[0], steps) && fresh[0].result.status !== 'hung') fresh.push(...(await several(times - 1, steps)))
    return count(fresh, steps)
  }

  async function several(times: number, steps: readonly Step[]): Promise<Fresh[]> {
    const fresh: Fresh[] = []
    while (fresh.length < times && Date.now() < until + patience) {
      const batch = Array.from({ length: Math.min(atOnce, times - fresh.length) }, () => laboratory.run(steps))
      fresh.push(...(await Promise.all(batch)))
    }
    return fresh
  }

  async function byChance(steps: readonly Step[], { failed, of, last = null }: Partial<Runs> & Counts) {
    const more = count(await several(runsOfChance - of, steps), steps)
    const counts = { failed: failed + more.failed, of: of + more.of }
    return told(more.last ?? last, steps, counts.failed > 0 ? 'sometimes' : 'never', counts)
  }

  /** The least of what ran before that makes a case fail, and then, where nothing has to, the smallest such case. */
  async function leading(past: readonly Past[], at: number | null, known: Fresh): Promise<CheckResult> {
    const last: Step = { id, cases: at === null ? null : `${at}` }
    const units: Step[] = [
      ...past.map((one) => ({ id: one.id, cases: null })),
      ...upTo(at ?? 0).map((cases) => ({ id, cases })),
    ]
    let best = known
    const fail = async (parts: readonly (readonly Step[])[]) => {
      const fresh = await Promise.all(parts.map((part) => laboratory.run([...merged(part), last])))
      return fresh.map((one, i) => {
        const does = failed(one, [...merged(parts[i]), last])
        if (does) best = one
        return does
      })
    }
    const coarse = await minimize(units, fail, { patient, atOnce })
    const fine = coarse.flatMap((step) => (step.cases === null ? casesOf(step, past) : [step]))
    const isFine = fine.length > coarse.length && patient() && (await fail([fine]))[0]
    const needed = isFine ? await minimize(fine, fail, { patient, atOnce }) : coarse
    const steps = [...merged(needed), last]
    const sure = await again(steps, 2)
    if (sure.failed < sure.of) return await byChance(steps, sure)
    const smaller = at === null ? null : await smallest(steps.slice(0, -1), last)
    const end = smaller?.step ?? last
    return told(
      smaller?.fresh ?? sure.last ?? best,
      [...steps.slice(0, -1), end],
      needed.length > 0 ? 'after' : 'alone',
      sure,
    )
  }

  /** fast-check's own search, with a fresh backend for each try. */
  async function smallest(first: readonly Step[], last: Step): Promise<{ step: Step; fresh: Fresh } | null> {
    let found: { step: Step; fresh: Fresh } | null = null
    for (let [child, tries] = [0, 0]; tries < mostShrinks && patient(); child++, tries++) {
      const path: string = `${found?.step.cases ?? last.cases}:${child}`
      const step: Step = { id, cases: path }
      if (!(await laboratory.draw(id, path))) break
      const fresh = await laboratory.run([...first, step])
      if (!failed(fresh, [...first, step])) continue
      found = { step, fresh }
      child = -1
    }
    return found
  }

  async function told(
    fresh: Fresh | null,
    steps: readonly Step[],
    kind: Reproduction['kind'],
    { failed, of }: Counts,
  ): Promise<CheckResult> {
    const reproduction: Reproduction = { kind, steps, failed, of, why: null }
    if (!fresh) return { ...result, reproduction }
    return { ...result, status: fresh.result.status, failure: await withCase(fresh, steps), reproduction }
  }

  /** A process that ended could not say what its case was. */
  async function withCase({ result: { failure: found } }: Fresh, steps: readonly Step[]): Promise<Failure | null> {
    const path = steps.at(-1)?.cases ?? null
    if (!found || found.path !== null || path === null || !/^\d+(:\d+)*$/.test(path)) return found
    const drawn = await laboratory.draw(id, path)
    const shrinks = path.split(':').length - 1
    return {
      ...found,
      path,
      shrinks,
      counterexample: drawn?.case ?? null,
      value: drawn?.case ? null : (drawn?.text ?? null),
    }
  }
}

interface Counts {
  readonly failed: number
  readonly of: number
}

interface Runs extends Counts {
  /** The last that failed. */
  readonly last: Fresh | null
}

function count(fresh: readonly Fresh[], steps: readonly Step[]): Runs {
  const wrong = fresh.filter((one) => failed(one, steps))
  return { failed: wrong.length, of: fresh.length, last: wrong.at(-1) ?? null }
}

/** Whether the last step failed; a process that ended before it says nothing of it. */
function failed({ result, at }: Fresh, steps: readonly Step[]): boolean {
  return isWrong(result) && (at === null || at.step === steps.length - 1)
}

/** The case that a check was at when it ended, where it had begun one. */
function numberOf({ result, at }: Fresh): number | null {
  if (result.failure?.path) return Number.parseInt(result.failure.path, 10)
  return at && at.of > 0 && !at.shrinking ? at.case : null
}

const upTo = (end: number) => Array.from({ length: end }, (_, i) => `${i}`)

function casesOf({ id }: Step, past: readonly Past[]): Step[] {
  return upTo(past.find((one) => one.id === id)?.cases ?? 0).map((cases) => ({ id, cases }))
}

/** Nothing, the last one, the last two, the last four, ..., all. */
function suffixes<T>(list: readonly T[]): (readonly T[])[] {
  const lengths = [0]
  for (let length = 1; length < list.length; length *= 2) lengths.push(length)
  return [...new Set([...lengths, list.length])].map((length) => list.slice(list.length - length))
}

/** Neighbours of one check as one step. */
function merged(steps: readonly Step[]): Step[] {
  const groups: { id: string; cases: string[] | null }[] = []
  for (const { id, cases } of steps) {
    const last = groups.at(-1)
    if (last?.id === id && last.cases && cases !== null) last.cases.push(cases)
    else groups.push({ id, cases: cases === null ? null : [cases] })
  }
  return groups.map(({ id, cases }) => ({ id, cases: cases && casesText(cases) }))
}
