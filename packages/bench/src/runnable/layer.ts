import { type Case, prepare, type RecordedCall } from '@convkit/conformance'
import type { Contender } from '../contender.js'
import { bytesOf, specOf, turned } from '../workload/layer.js'
import type { LayerWorkload, Pass } from '../workload/workload.js'
import { type Call, type Runnable, rotate, timeOfCall } from './runnable.js'

/** Operands are rotated until they fill more than this, a second-level cache, */
const enoughBytes = 4 * 2 ** 20
/** but in no more sets than this. */
const mostSets = 8

/** How many sets of operands a workload is rotated through. */
export function setsOf(workload: LayerWorkload): number {
  return Math.min(mostSets, Math.max(2, Math.ceil(enoughBytes / bytesOf(workload))))
}

/** Inputs in place and every pass called once; what a backend cannot do throws its `UnsupportedError`. */
export async function prepareLayer(workload: LayerWorkload, contender: Contender, c: Case): Promise<Runnable> {
  const sets: Runnable[] = []
  for (let turn = 0; turn < setsOf(workload); turn++) sets.push(await one(workload, contender, turned(c, turn)))
  const [{ calls, sync }, ...others] = sets
  const first: { [P in Pass]?: number } = {}
  for (const pass of workload.passes) {
    const call = calls[pass]
    if (call) first[pass] = await timeOfCall(call, sync)
  }
  // Backward wants what forward leaves.
  if (calls.backward) for (const other of others) if (other.calls.forward) await timeOfCall(other.calls.forward, sync)
  return { ...rotate(sets), first }
}

async function one(workload: LayerWorkload, { instance, dtype }: Contender, c: Case): Promise<Runnable> {
  const made = prepare(specOf(workload.layer), instance, dtype, c)
  await made.sync()
  const calls: { [P in Pass]?: Call } = {}
  for (const pass of workload.passes) calls[pass] = callOf(pass === 'backward' ? made.backward : made.forward)
  return { calls, first: {}, missing: {}, sync: made.sync, [Symbol.dispose]: () => made[Symbol.dispose]() }
}

export function callOf(calls: readonly RecordedCall[]): Call {
  return () => {
    for (const { run } of calls) run()
  }
}
