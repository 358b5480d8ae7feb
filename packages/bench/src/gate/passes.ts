import { type Backend, type FloatDType, namedStorages, type Shape } from '@convkit/api'
import { holdCall, type NdArray, type RecordedCall } from '@convkit/conformance'
import type { Contender } from '../contender.js'
import { recordStep } from '../training/record.js'
import type { TrainingWorkload } from '../workload/workload.js'

export interface PassesOptions {
  /** Its float64 kernels are the reference. */
  readonly oracle: Backend
  /** On the same images, each from where the one before has left the parameters; default 1. */
  readonly steps?: number
  readonly onStep?: (step: number) => void
}

/**
 * Holds every kernel call of both passes of a step to its own derived bound, queued one after the other, on what they are
 * really given. Throws a `Violation` for the first that is outside.
 */
export async function holdPasses(
  workload: TrainingWorkload,
  { instance, dtype }: Pick<Contender, 'instance' | 'dtype'>,
  { oracle, steps = 1, onStep }: PassesOptions,
): Promise<void> {
  using recorded = recordStep(workload, instance, dtype)
  const { forward, backward, update } = recorded
  for (let step = 1; step <= steps; step++) {
    if (step > 1) for (const { run } of update) run()
    for (const calls of untilUpdated([...forward, ...backward])) {
      for (const { run } of calls) run()
      await holdAll(calls, instance, { dtype, oracle })
    }
    onStep?.(step)
  }
}

async function holdAll(
  calls: readonly RecordedCall[],
  backend: Backend,
  { dtype, oracle }: { readonly dtype: FloatDType; readonly oracle: Backend },
): Promise<void> {
  const values = await readAll(calls, backend)
  for (const { kernel, call } of calls) {
    // What is updated in place is no longer what the call was given.
    if (kernel.updates.length > 0) continue
    const storages = namedStorages(kernel, call)
    const operand = (name: string, shape: Shape) => {
      const data = values.get(storages.get(name))
      return data ? { shape, data } : null
    }
    const results: { [name: string]: NdArray } = {}
    for (const name of kernel.writes) {
      const data = values.get(storages.get(name))
      if (data) results[name] = { shape: [data.length], data }
    }
    await holdCall({ ...kernel, ...call, operand }, results, { backend, dtype, oracle })
  }
}

/** Parts of a list of calls: what one of them was given or gave is not updated in place before the part is over. */
function untilUpdated(calls: readonly RecordedCall[]): RecordedCall[][] {
  const parts: RecordedCall[][] = [[]]
  const seen = new Set<unknown>()
  for (const one of calls) {
    const storages = namedStorages(one.kernel, one.call)
    if (one.kernel.updates.some((name) => seen.has(storages.get(name)))) {
      parts.push([])
      seen.clear()
    }
    parts.at(-1)?.push(one)
    for (const storage of one.call.storages) seen.add(storage)
  }
  return parts
}

/** All operands of all calls, by their storage. */
async function readAll(
  calls: readonly RecordedCall[],
  backend: Backend,
): Promise<ReadonlyMap<unknown, NdArray['data']>> {
  const values = new Map<unknown, NdArray['data']>()
  for (const { call } of calls)
    for (const storage of call.storages)
      if (storage !== null && !values.has(storage)) {
        const data = await backend.read(storage)
        values.set(storage, data instanceof Int32Array ? data : Float64Array.from(data))
      }
  return values
}
