import { type Backend, namedStorages, type Shape } from '@convkit/api'
import { type Case, caseOfCall, createSharpReferee, type Referee } from '@convkit/conformance'
import type { Contender } from '../contender.js'
import { createShapeOnly } from '../shapeOnly.js'
import { recordStep } from '../training/record.js'
import { specOf, valuesOf } from '../workload/layer.js'
import type { TrainingWorkload } from '../workload/workload.js'
import { holdPasses } from './passes.js'
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

    holdPasses: (contender) => holdPasses(workload, contender, { oracle }),
  }
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
