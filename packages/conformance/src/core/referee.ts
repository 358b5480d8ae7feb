import { type Backend, type Conventions, differencesOf, type FloatDType, ourConventions } from '@convkit/api'
import { kernelOf } from '../capability.js'
import { underConventions } from '../conventions/oracle.js'
import { exactUnit, unitOf } from './arithmetic.js'
import type { Case, Results } from './case.js'
import { compare } from './compare.js'
import type { LayerSpec } from './spec.js'
import { absoluteCase, once, runCase, sum } from './subject.js'
import type { Unit } from './unit.js'

/** What the float64 definition says of one case, computed once for any number of backends. */
export interface Referee {
  readonly exact: Results
  /** Throws a `Violation` for the worst of these results of the backend that is outside its derived bound. */
  judge(got: Results, backend: Backend, dtype: FloatDType): Promise<void>
  /** Runs the case on the backend and judges that. */
  hold(backend: Backend, dtype: FloatDType): Promise<void>
}

/** `c` holds numbers of the dtype that it will judge, as those of `rounded` are: what is compared starts from the same. */
export async function createReferee(spec: LayerSpec, oracle: Backend, c: Case): Promise<Referee> {
  const ours = await definitionOf(spec, oracle, c, ourConventions)
  const judge: Referee['judge'] = async (got, backend, dtype) => {
    const unit = unitOf(backend, dtype, kernelOf(spec.layer))
    const isOurs = differencesOf(backend).length === 0
    const own = isOurs ? ours : await definitionOf(spec, oracle, c, unit.conventions)
    const bounds = await spec.bounds(c, own.exact, own.magnitudes, unit)
    compare('speed', c, got, own.exact, sum(bounds, own.bounds), { dtype })
  }
  return {
    exact: ours.exact,
    judge,
    hold: async (backend, dtype) => judge(await runCase(spec, backend, dtype, c), backend, dtype),
  }
}

/** Exact results, those on absolute values, and how far the oracle itself may be off. */
export async function definitionOf(spec: LayerSpec, oracle: Backend, c: Case, conventions: Conventions) {
  const definition = underConventions(oracle, conventions)
  const exact = await runCase(spec, definition, 'float64', c)
  const magnitudes = once(() => runCase(spec, definition, 'float64', absoluteCase(c)))
  return { exact, magnitudes, bounds: await spec.bounds(c, exact, magnitudes, exactUnit(conventions)) }
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
      const { c: sharp, referee } = refereeFor(unitOf(backend, dtype, kernelOf(spec.layer)))
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
