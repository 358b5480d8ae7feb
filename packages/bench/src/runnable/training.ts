import type { Contender } from '../contender.js'
import { recordStep } from '../training/record.js'
import { createTrainee } from '../training/trainee.js'
import type { TrainingWorkload } from '../workload/workload.js'
import { callOf } from './layer.js'
import { type Call, type Runnable, timeOfCall } from './runnable.js'

/** A step, its parts (the kernel calls of one step made again), and an epoch. */
export async function prepareTraining(workload: TrainingWorkload, { instance, dtype }: Contender): Promise<Runnable> {
  const { epoch } = workload
  const trainee = createTrainee(workload, instance, dtype)
  const { sync } = trainee
  const first = await timeOfCall(trainee.step, sync)
  const parts = recordStep(workload, instance, dtype)
  const calls: { [part in 'forward' | 'backward' | 'update']: Call } = {
    forward: callOf(parts.forward),
    backward: callOf(parts.backward),
    update: callOf(parts.update),
  }
  // In this order: each needs what the one before has computed.
  for (const call of Object.values(calls)) await timeOfCall(call, sync)
  return {
    calls: { ...calls, step: trainee.step, ...(epoch !== null && { epoch: () => trainee.epoch(epoch) }) },
    missing: {},
    first: { step: first },
    sync,
    [Symbol.dispose]() {
      parts[Symbol.dispose]()
      trainee[Symbol.dispose]()
    },
  }
}
