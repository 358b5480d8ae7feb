import { availableParallelism } from 'node:os'
import { type Arithmetic, sizeOf } from '@convkit/api'
import { loadRuntime } from './node.js'
import { createOrtSession } from './ort.js'
import type { Forms, OpenProvider, SessionSpec } from './provider.js'

const forms: Forms = {
  opset: 18,
  nonFinite: true,
  nanKept: true,
  stridedSlice: true,
  asymmetricPads: true,
  convWeights: 'faster',
  loop: true,
}

const arithmetic: Arithmetic = { unitRoundoff: 2 ** -24, subnormals: 'kept', nonFinite: 'ieee', deterministic: true }

/** Beyond it onnxruntime's own overhead grows faster than it helps nets of this size. */
const mostThreads = 8
/** Elements that go in and out, below which waking threads costs more than they bring. */
const manyElements = 2 ** 16

/** onnxruntime's own kernels for the processor: no GPU, but the same graphs. */
export const openCpu: OpenProvider = async ({ threads = Math.min(availableParallelism(), mostThreads) }) => {
  const { runtime, version } = await loadRuntime()
  return {
    name: 'cpu',
    description: `onnxruntime ${version} on the processor, ${threads} thread${threads === 1 ? '' : 's'}, no GPU`,
    arithmetic,
    forms,
    resident: false,

    createSession(spec) {
      return createOrtSession(runtime, spec, {
        executionProviders: ['cpu'],
        intraOpNumThreads: elementsOf(spec) < manyElements ? 1 : threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        // Threads that spin while they wait double the time of a step where another process wants the processor.
        extra: { session: { intra_op: { allow_spinning: '0' } } },
        // Errors are thrown; they need not be printed too.
        logSeverityLevel: 4,
      })
    },
  }
}

function elementsOf({ inputs, outputs }: SessionSpec): number {
  return [...inputs, ...outputs].reduce((sum, { shape }) => sum + sizeOf(shape), 0)
}
