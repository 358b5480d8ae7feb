import type { Backend } from '@convkit/api'
import { type Case, createReferee, type Referee, specs } from '@convkit/conformance'
import { createStepGate } from './training.js'
import { createCase, type Workload } from './workload.js'

/** Passed before anything is timed: a wrong kernel has no speed. */
export interface Gate extends Pick<Referee, 'hold'> {
  /** The oracle's results where there are such for peers to be compared with. */
  readonly exact: Referee['exact'] | null
}

export async function createGate(workload: Workload, oracle: Backend): Promise<Gate> {
  if (workload.kind === 'training') return await createStepGate(workload, oracle)
  return await createReferee(specOf(workload.layer), oracle, createCase(workload))
}

/** What the conformance suite knows of a layer. */
export function specOf(layer: Case['layer']): (typeof specs)[number] {
  const spec = specs.find((spec) => spec.layer === layer)
  if (!spec) throw new Error(`the conformance suite has no layer ${layer}`)
  return spec
}
