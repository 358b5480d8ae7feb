import type { Backend, FloatDType } from '@convkit/api'
import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import type { LayerSpec } from '../core/spec.js'
import { absoluteCase, once, oracleUnit, runCase, sum, unitOf } from '../core/subject.js'

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
  const magnitudes = once(() => runCase(spec, oracle, 'float64', absoluteCase(c)))
  const boundsOfOracle = await spec.bounds(c, exact, magnitudes, oracleUnit)
  const judge: Referee['judge'] = async (got, backend, dtype) => {
    const own = await spec.bounds(c, exact, magnitudes, unitOf(backend, dtype))
    compare('speed', c, got, exact, sum(own, boundsOfOracle))
  }
  return {
    exact,
    judge,
    hold: async (backend, dtype) => judge(await runCase(spec, backend, dtype, c), backend, dtype),
  }
}
