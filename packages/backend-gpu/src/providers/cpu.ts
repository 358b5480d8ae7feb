import type { Arithmetic } from '@convkit/api'
import { loadRuntime } from './node.js'
import { createOrtSession } from './ort.js'
import type { Forms, OpenProvider } from './provider.js'

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

/** onnxruntime's own kernels for the processor: no GPU, but the same graphs. */
export const openCpu: OpenProvider = async ({ threads = 1 }) => {
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
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        logSeverityLevel: 4,
      })
    },
  }
}
