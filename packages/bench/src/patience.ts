import { baseline } from './contender.js'
import { leftOut, type Refusal } from './runnable/runnable.js'
import { figure } from './tables/table.js'
import { costOfTraining } from './training/record.js'
import type { Workload } from './workload/workload.js'

/** Operations of a step that naive is spared: some ten seconds of it. */
const mostOperations = 1e10

/** Why naive does not take part in a workload; null where it does. */
export function tooLongForNaive(workload: Workload): Refusal | null {
  if (workload.kind === 'layer') return null
  const { flops } = costOfTraining(workload, 'step', baseline.dtype)
  return flops > mostOperations ? leftOut(`a step has ${figure(flops / 1e9)} GFLOP, which would take too long`) : null
}
