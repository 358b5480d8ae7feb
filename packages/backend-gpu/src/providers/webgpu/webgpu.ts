import { type Arithmetic, ConfigError } from '@convkit/api'
import { createGraph } from '@convkit/onnx'
import type { InferenceSession } from 'onnxruntime-common'
import { createOrtSession, type Runtime } from '../ort.js'
import type { Forms, Provider } from '../provider.js'

const forms: Forms = {
  opset: 18,
  nonFinite: false,
  nanKept: false,
  stridedSlice: true,
  asymmetricPads: false,
  convWeights: 'conv',
}

/**
 * What the WebGPU Shading Language promises (section 15.7.4.1, accuracy of expressions): subnormals may be flushed, NaN
 * and infinities assumed away, exp is off by at most 3 + 2 |x| ulps, and |x| < 89 where the result is a normal number.
 */
export const webgpuArithmetic: Arithmetic = {
  unitRoundoff: 2 ** -24,
  subnormals: 'flushed',
  nonFinite: 'unspecified',
  deterministic: true,
  functionUlps: { exp: 181, log: 3, sqrt: 5, divide: 2.5 },
}

/** Every node on the GPU, or no session: without the flag, those that have no kernel there would run on the processor. */
const strict: InferenceSession.SessionOptions = {
  // In the default layout, NHWC, onnxruntime adds transpositions of indices that only the processor can do.
  executionProviders: [{ name: 'webgpu', preferredLayout: 'NCHW' }],
  extra: { session: { disable_cpu_ep_fallback: '1' } },
  // What it fuses depends on which values are wanted, and so would their last bits.
  graphOptimizationLevel: 'disabled',
  // Threads that have nothing to do spin: with a few hundred sessions the machine does nothing else.
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 3,
}

export function noAdapter(remedy: string, cause?: unknown): ConfigError {
  return new ConfigError(`gpu: provider webgpu: no adapter was found\n${remedy}`, { cause })
}

/**
 * The provider on onnxruntime's own kernels for WebGPU, which are the same in Node and in a browser. `describe` is asked once
 * the device is open. Throws what `refusal` makes of the cause where it cannot be opened.
 */
export async function createWebgpu(
  runtime: Runtime,
  {
    describe,
    refusal,
  }: { readonly describe: () => string | Promise<string>; readonly refusal: (cause: unknown) => ConfigError },
): Promise<Provider> {
  const anchor = await openDevice(runtime, refusal)
  return {
    name: 'webgpu',
    description: await describe(),
    arithmetic: webgpuArithmetic,
    forms,
    resident: true,
    createSession: (spec) => createOrtSession(runtime, spec, strict),
    close: () => anchor.release(),
  }
}

/** A session that lives as long as the provider: the device, and every shader compiled on it, goes with the last one. */
async function openDevice(
  { InferenceSession }: Runtime,
  refusal: (cause: unknown) => ConfigError,
): Promise<InferenceSession> {
  const graph = createGraph({ opset: forms.opset })
  const x = graph.input('x', 'float32', [1])
  const [y] = graph.node('Neg', [x], {}, [x])
  graph.output(y, 'y')
  try {
    return await InferenceSession.create(graph.encode(), strict)
  } catch (cause) {
    throw refusal(cause)
  }
}
