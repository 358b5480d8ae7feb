import type { Backend } from '@convkit/api'
import type { CheckContext } from '../core/check.js'

/** Another instance, that nobody else has; null where a module exports one for all, or nobody says how to make one. */
export async function anotherOf({ backend, create }: CheckContext): Promise<Backend | null> {
  const other = (await create?.()) ?? backend
  return other === backend ? null : other
}
