import { type Backend, type Conventions, differencesOf, type FloatDType, ourConventions } from '@convkit/api'
import { kernelOf } from '../capability.js'
import { underConventions } from '../conventions/oracle.js'
import { exactUnit, unitOf } from '../core/arithmetic.js'
import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import type { LayerSpec } from '../core/spec.js'
import { absoluteCase, runCase, sum } from '../core/subject.js'

/** What the float64 definition says of one case, computed once for any number of backends. */
export interface Referee {
  readonly exact: Results
  /** Throws a `Violation` for the worst of these results of the backend that is outside its derived bound. */
  judge(got: Results, backend: Backend, dtype: FloatDType): Promise<void>
  /** Runs the case on the backend and judges that. */
  hold(backend: Backend, dtype: FloatDType): Promise<void>
}

export async function createReferee(spec: LayerSpec, oracle: Backend, c: Case): Promise<Referee> {
  const ours = await definitionOf(spec, oracle, c, ourConventions)
  const judge: Referee['judge'] = async (got, backend, dtype) => {
    const unit = unitOf(backend, dtype, kernelOf(spec.layer))
    const isOurs = differencesOf(backend).length === 0
    const own = isOurs ? ours : await definitionOf(spec, oracle, c, unit.conventions)
    const bounds = await spec.bounds(c, own.exact, own.absolutes, unit)
    compare('speed', c, got, own.exact, sum(bounds, own.bounds))
  }
  return {
    exact: ours.exact,
    judge,
    hold: async (backend, dtype) => judge(await runCase(spec, backend, dtype, c), backend, dtype),
  }
}

/** Exact results, those on absolute values, and how far the oracle itself may be off. */
async function definitionOf(spec: LayerSpec, oracle: Backend, c: Case, conventions: Conventions) {
  const definition = underConventions(oracle, conventions)
  const exact = await runCase(spec, definition, 'float64', c)
  const absolutes = await runCase(spec, definition, 'float64', absoluteCase(c))
  return { exact, absolutes, bounds: await spec.bounds(c, exact, absolutes, exactUnit(conventions)) }
}
