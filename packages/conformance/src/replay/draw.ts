import { createNaive } from '@convkit/backend-naive'
import type { Check, CheckContext, Drawn } from '../core/check.js'
import { seedOf } from '../core/seed.js'

/** The case at a path of a check, which is not run; null where there is none. */
export async function draw(
  checks: readonly Check[],
  { seed, runs }: Pick<CheckContext, 'seed' | 'runs'>,
  id: string,
  path: string,
): Promise<Drawn | null> {
  const check = checks.find((one) => one.id === id)
  let drawn: Drawn | null = null
  const onDraw = (one: Drawn) => {
    drawn ??= one
  }
  // Nothing is run on them.
  const [backend, oracle] = [createNaive(), createNaive()]
  // fast-check throws where a path leads nowhere.
  await check?.run({ backend, oracle, seed: seedOf(seed, id), runs, path, onDraw }).catch(() => {})
  return drawn
}
