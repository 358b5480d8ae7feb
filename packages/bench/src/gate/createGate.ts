import type { Backend } from '@convkit/api'
import type { Case } from '@convkit/conformance'
import type { Workload } from '../workload/workload.js'
import type { Gate } from './gate.js'
import { createLayerGate } from './layer.js'
import { createTrainingGate } from './training.js'

export function createGate(workload: Workload, c: Case | null, oracle: Backend): Promise<Gate> {
  if (workload.kind === 'training') return createTrainingGate(workload, oracle)
  if (!c) throw new Error(`${workload.name}: a layer wants a case`)
  return createLayerGate(workload, c, oracle)
}
