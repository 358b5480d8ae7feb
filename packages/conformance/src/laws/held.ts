import type { FloatDType } from '@convkit/api'
import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import { largest } from '../core/numbers.js'
import type { LayerSpec, Subject } from '../core/spec.js'
import { sameBits } from './sameBits.js'

/** Whether a case's values are as they were drawn, or whatever kernels have made of them. */
type Origin = 'drawn' | 'computed'

/**
 * Holds some results of a case to the definition. A sandwich that stands on kinks or has no bound of its own is held to
 * the same call on storages of its own instead.
 */
export async function held(law: string, subject: Subject, c: Case, got: Results, origin: Origin): Promise<void> {
  const own = (results: Results) => Object.fromEntries(Object.entries(results).filter(([name]) => name in got))
  if (isHeldToItself(subject.spec, origin)) sameBits(law, c, got, own(await subject.run(c)))
  else {
    const exact = await subject.exact(c)
    // What outgrew the dtype on the way has no definite result.
    if (origin === 'computed' && outgrows(exact, subject.dtype)) return
    compare(law, c, got, exact, own(await subject.bounds(c)), subject)
  }
}

function outgrows(exact: Results, dtype: FloatDType): boolean {
  return Object.values(exact).some(({ data }) => data.some((value) => Math.abs(value) > largest[dtype]))
}

export function isHeldToItself({ composed, kinked }: LayerSpec, origin: Origin): boolean {
  return composed === true || (kinked === true && origin === 'computed')
}
