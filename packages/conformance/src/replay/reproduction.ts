import type { Step } from './steps.js'

/** What came of running a failure again on backends that had done nothing before. */
export interface Reproduction {
  /** It fails by itself; only after other cases; now and then; not once more. `untried`: it was not run again. */
  readonly kind: 'alone' | 'after' | 'sometimes' | 'never' | 'untried'
  /** What to run; the last of them fails. */
  readonly steps: readonly Step[]
  /** Fresh runs in which it failed, and all. */
  readonly failed: number
  readonly of: number
  /** Why it was not tried. */
  readonly why: string | null
}

export function untried(why: string): Reproduction {
  return { kind: 'untried', steps: [], failed: 0, of: 0, why }
}
