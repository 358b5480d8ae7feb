import type { Cost } from '@convkit/api'
import { type RecordedCall, type SamplingBudget, sampleInTurns } from '@convkit/conformance'
import type { Contender } from './contender.js'
import { costOfCall } from './cost.js'
import { createShapeOnly } from './shapeOnly.js'
import { estimate } from './statistics/estimate.js'
import { recordStep, type StepCalls } from './training/record.js'
import type { TrainingWorkload } from './workload/workload.js'

/** Where the time of one step goes. */
export interface Profile {
  readonly workload: string
  readonly contender: string
  readonly kernels: readonly KernelShare[]
  /** Milliseconds of the step as a whole, by the sum of its kernels. */
  readonly milliseconds: number
}

/** All calls of one kernel on operands of one size. */
export interface KernelShare {
  /** `conv2d.backward` and what it is called on: its elements in the largest operand. */
  readonly kernel: string
  readonly calls: number
  readonly milliseconds: number
  readonly cost: Cost
}

/** Makes the calls of one step one by one, each waited for, in rounds. */
export async function profileStep(
  workload: TrainingWorkload,
  { name, instance, dtype }: Contender,
  budget: SamplingBudget,
): Promise<Profile> {
  using calls = recordStep(workload, instance, dtype)
  using sized = recordStep(workload, createShapeOnly(), dtype)
  const costs = inOrder(sized).map(costOfCall)
  const entries = inOrder(calls).map(({ kernel, run }) => ({
    name: kernel.name,
    call: run,
    sync: calls.sync,
  }))
  const samples = await sampleInTurns(entries, budget)
  const shares = new Map<string, KernelShare>()
  for (const [i, { name: kernel }] of entries.entries()) {
    const cost = costs[i] ?? { flops: 0, bytes: 0 }
    const { milliseconds = 0, calls = 0, cost: sum = { flops: 0, bytes: 0 } } = shares.get(kernel) ?? {}
    shares.set(kernel, {
      kernel,
      calls: calls + 1,
      milliseconds: milliseconds + estimate(samples[i] ?? []).median,
      cost: { flops: sum.flops + cost.flops, bytes: sum.bytes + cost.bytes },
    })
  }
  const kernels = [...shares.values()].sort((a, b) => b.milliseconds - a.milliseconds)
  return {
    workload: workload.name,
    contender: name,
    kernels,
    milliseconds: kernels.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  }
}

function inOrder({ forward, backward, update }: StepCalls): RecordedCall[] {
  return [...forward, ...backward, ...update]
}
