import type { Backend } from '@convkit/api'
import type { Case, Results } from '@convkit/conformance'
import type { Contender } from '../contender.js'
import type { Workload } from '../workload/workload.js'
import { createLayerGate } from './layer.js'
import { createTrainingGate } from './training.js'

/** The largest |got - exact| / max(1e-8, |got| + |exact|) of each output: the notebook's measure. */
export type Differences = { readonly [output: string]: number }

/** Passed before anything is timed: a wrong kernel has no speed. */
export interface Gate {
  /** Throws a `Violation` where a result is outside its bound. */
  hold(contender: Contender): Promise<Differences>
  /** The oracle's results where there are such for peers to be compared with. */
  readonly exact: Results | null
}

export function createGate(workload: Workload, c: Case | null, oracle: Backend): Promise<Gate> {
  if (workload.kind === 'training') return createTrainingGate(workload, oracle)
  if (!c) throw new Error(`${workload.name}: a layer wants a case`)
  return createLayerGate(workload, c, oracle)
}
