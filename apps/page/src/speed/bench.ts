import type { Backend } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { type Case, measureCase, specs } from '@convkit/conformance'
import { Random } from '@convkit/data'
import type { BackendId } from '../backends.js'
import { createBackend } from '../createBackend.js'
import { measureSteps, stepTitle } from './trainingStep.js'
import { batch, type Workload, workloads } from './workloads.js'

/** One pass of a workload, on naive and on another backend. */
export interface SpeedRow {
  readonly workload: string
  readonly pass: 'forward' | 'backward' | 'step'
  readonly backend: BackendId
  /** Milliseconds, medians. */
  readonly naive: number
  readonly own: number
  readonly speedup: number
}

export interface SpeedEvents {
  onProgress(done: number, of: number, current: string): void
  onBackend(id: BackendId, description: string): void
  onRow(row: SpeedRow): void
  /** A wrong kernel has no speed; nor has one that is missing. */
  onProblem(backend: BackendId, workload: string, message: string): void
}

/** Times each backend against naive in float32, workload by workload; every result is held to its bound before. */
export async function runBench(ids: readonly BackendId[], events: SpeedEvents): Promise<void> {
  const naive = createNaive()
  const of = ids.length * (workloads.length + 1)
  let done = 0
  for (const id of ids) {
    const backend = await createBackend(id)
    events.onBackend(id, backend.description)
    const attempt = async (title: string, work: () => Promise<void>) => {
      events.onProgress(done++, of, `${id}: ${title}`)
      await work().catch((error: unknown) =>
        events.onProblem(id, title, error instanceof Error ? error.message : String(error)),
      )
    }
    await attempt(stepTitle, async () =>
      events.onRow({ workload: stepTitle, pass: 'step', backend: id, ...(await measureSteps(backend, naive)) }),
    )
    for (const workload of workloads)
      await attempt(workload.title, async () => {
        for (const { pass, naive: plain, backend: own, speedup } of await measureWorkload(workload, backend, naive))
          events.onRow({ workload: workload.title, pass, backend: id, naive: plain, own, speedup })
      })
    await backend.close?.()
  }
  events.onProgress(of, of, '')
}

function measureWorkload(workload: Workload, backend: Backend, naive: Backend) {
  const spec = specs.find(({ layer }) => layer === workload.layer)
  if (!spec) throw new Error(`the suite has no layer ${workload.layer}`)
  return measureCase(spec, backend, naive, 'float32', caseOf(workload))
}

/** Normal values, rounded to float32. */
function caseOf({ layer, attributes, inputs, dy }: Workload): Case {
  const random = new Random(batch)
  const normal = (shape: readonly number[]) => ({
    shape,
    data: random.normal(shape.reduce((a, b) => a * b, 1)).map(Math.fround),
  })
  return {
    layer,
    attrs: attributes,
    inputs: Object.fromEntries(Object.entries(inputs).map(([name, shape]) => [name, normal(shape)])),
    dy: normal(dy),
  }
}
