import type { Case, Results } from '../core/case.js'
import { compare } from '../core/compare.js'
import type { LayerSpec } from '../core/spec.js'
import type { Subject } from '../core/subject.js'
import { sameBits } from './hygiene.js'

/** Whether a case's values are as they were drawn, or whatever kernels have made of them. */
type Origin = 'drawn' | 'computed'

/**
 * Holds some results of a case to the definition. A sandwich that stands on kinks or has no bound of its own is held to
 * the same call on storages of its own instead.
 */
export async function held(law: string, subject: Subject, c: Case, got: Results, origin: Origin): Promise<void> {
  const own = (results: Results) => Object.fromEntries(Object.entries(results).filter(([name]) => name in got))
  if (isHeldToItself(subject.spec, origin)) sameBits(law, c, got, own(await subject.run(c)))
  else compare(law, c, got, await subject.exact(c), own(await subject.bounds(c)))
}

export function isHeldToItself({ composed, kinked }: LayerSpec, origin: Origin): boolean {
  return composed === true || (kinked === true && origin === 'computed')
}
