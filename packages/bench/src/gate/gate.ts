import type { Results } from '@convkit/conformance'
import type { Contender } from '../contender.js'

/** The largest |got - exact| / max(1e-8, |got| + |exact|) of each output: the notebook's measure. */
export type Differences = { readonly [output: string]: number }

/** Passed before anything is timed: a wrong kernel has no speed. */
export interface Gate {
  /** Throws a `Violation` where a result is outside its bound. */
  hold(contender: Contender): Promise<Differences>
  /** The oracle's results where there are such for peers to be compared with. */
  readonly exact: Results | null
}
