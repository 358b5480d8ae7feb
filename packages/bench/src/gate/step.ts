import { type Backend, type FloatDType, namedStorages, type Shape } from '@convkit/api'
import {
  type Case,
  caseOfCall,
  createSharpReferee,
  holdCall,
  type NdArray,
  type RecordedCall,
  type Referee,
} from '@convkit/conformance'
import type { Contender } from '../contender.js'
import { createShapeOnly } from '../shapeOnly.js'
import { recordStep } from '../training/record.js'
import { specOf, valuesOf } from '../workload/layer.js'
import type { TrainingWorkload } from '../workload/workload.js'
import { createRepeatedReferee } from './repeated.js'

/** Holds a contender to every kernel call of a step. */
export interface StepGate {
  /** Each by itself, with its own dims, on operands for which long sums hide nothing. */
  holdCalls(contender: Contender): Promise<void>
  /** Those of both passes, queued one after the other, on what they are really given. */
  holdPasses(contender: Contender): Promise<void>
}

export async function createStepGate(workload: TrainingWorkload, oracle: Backend): Promise<StepGate> {
  const referees: Pick<Referee, 'hold'>[] = []
  for (const c of distinctCases(workload))
    referees.push(
      isLongUpdate(c) ? await createRepeatedReferee(c, oracle) : createSharpReferee(specOf(c.layer), oracle, c),
    )
  return {
    async holdCalls({ instance, dtype }) {
      for (const referee of referees) await referee.hold(instance, dtype)
    },

    async holdPasses({ instance, dtype }) {
      using recorded = recordStep(workload, instance, dtype)
      for (const calls of untilUpdated([...recorded.forward, ...recorded.backward])) {
        for (const { run } of calls) run()
        await holdAll(calls, instance, dtype)
      }
    },
  }

  async function holdAll(calls: readonly RecordedCall[], backend: Backend, dtype: FloatDType): Promise<void> {
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

/** Running error analysis of millions of elements takes longer than the update. */
function isLongUpdate({ layer, inputs }: Case): boolean {
  return 'w' in inputs && 'g' in inputs && layer !== 'vector' && inputs.w.data.length > 2 ** 16
}

/** A case for each kernel that a step calls, in each size. */
function distinctCases(workload: TrainingWorkload): Case[] {
  using recorded = recordStep(workload, createShapeOnly(), 'float32')
  const cases = new Map<string, Case>()
  for (const { kernel, call } of [...recorded.forward, ...recorded.backward, ...recorded.update]) {
    const { dims, scalars } = call
    const storages = namedStorages(kernel, call)
    const given = [...kernel.reads, ...kernel.updates].filter((name) => storages.get(name))
    const values = valuesOf(classesOf(dims))
    const operand = (name: string, shape: Shape) => (given.includes(name) ? values(shape, name) : null)
    const key = JSON.stringify([kernel.name, dims, scalars, given])
    const c = cases.has(key) ? null : caseOfCall({ ...kernel, ...call, operand })
    if (c) cases.set(key, c)
  }
  return [...cases.values()]
}

function classesOf(dims: object): number {
  return 'classes' in dims ? Number(dims.classes) : 0
}
