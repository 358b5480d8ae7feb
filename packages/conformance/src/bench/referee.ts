import type { Backend, FloatDType } from '@convkit/api'
import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import type { LayerSpec, Unit } from '../core/spec.js'
import { absoluteCase, oracleUnit, runCase, sum, unitOf } from '../core/subject.js'

/** What the float64 definition says of one case, computed once for any number of backends. */
export interface Referee {
  readonly exact: Results
  /** Throws a `Violation` for the worst of these results of the backend that is outside its derived bound. */
  judge(got: Results, backend: Backend, dtype: FloatDType): Promise<void>
  /** Runs the case on the backend and judges that. */
  hold(backend: Backend, dtype: FloatDType): Promise<void>
}

export async function createReferee(spec: LayerSpec, oracle: Backend, c: Case): Promise<Referee> {
  const exact = await runCase(spec, oracle, 'float64', c)
  const absolutes = await runCase(spec, oracle, 'float64', absoluteCase(c))
  const boundsOfOracle = await spec.bounds(c, exact, absolutes, oracleUnit)
  const judge: Referee['judge'] = async (got, backend, dtype) => {
    const own = await spec.bounds(c, exact, absolutes, unitOf(backend, dtype))
    compare('speed', c, got, exact, sum(own, boundsOfOracle))
  }
  return {
    exact,
    judge,
    hold: async (backend, dtype) => judge(await runCase(spec, backend, dtype, c), backend, dtype),
  }
}

/**
 * Holds backends to the sharpened case, on which long sums hide nothing; `part` leaves out what its oracle need not compute, and
 * is applied to the results too. A layer that has no such case is held to `c` itself.
 */
export function createSharpReferee(
  spec: LayerSpec,
  oracle: Backend,
  c: Case,
  part: Part = whole,
): Pick<Referee, 'hold'> {
  const referees = new Map<string, { readonly c: Case; readonly referee: Promise<Referee> }>()
  // What is sharp depends on the arithmetic that a backend declares.
  const refereeFor = (unit: Unit) => {
    const key = spec.sharpen ? JSON.stringify(unit) : ''
    const found = referees.get(key)
    if (found) return found
    const sharp = spec.sharpen?.(c, unit) ?? c
    const made = { c: sharp, referee: createReferee(spec, oracle, part.ofCase(sharp)) }
    referees.set(key, made)
    return made
  }
  return {
    async hold(backend, dtype) {
      const { c: sharp, referee } = refereeFor(unitOf(backend, dtype))
      const got = part.ofResults(await runCase(spec, backend, dtype, sharp))
      await (await referee).judge(got, backend, dtype)
    },
  }
}

/** Some of a case, and the results that are made of that. */
export interface Part {
  ofCase(c: Case): Case
  ofResults(results: Results): Results
}

export const whole: Part = { ofCase: (c) => c, ofResults: (results) => results }
