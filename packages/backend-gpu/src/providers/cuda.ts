import { existsSync } from 'node:fs'
import { type Arithmetic, ConfigError } from '@convkit/api'
import { createGraph } from '@convkit/onnx'
import type { InferenceSession } from 'onnxruntime-common'
import { cards, cudaLibrary, hasDriver, missingLibraries, packageFolder, remedy } from './cudaLibraries.js'
import { loadRuntime } from './node.js'
import { createOrtSession, type Runtime } from './ort.js'
import type { Forms, OpenProvider, Provider } from './provider.js'

const forms: Forms = {
  opset: 18,
  nonFinite: true,
  // Its Relu is x > 0 ? x : 0.
  nanKept: false,
  stridedSlice: true,
  // cuDNN pads both ends alike.
  asymmetricPads: false,
  convWeights: 'conv',
  loop: true,
}

/**
 * What is known of it without a card at hand, so less than it may do. cuDNN chooses among its algorithms by time, run by
 * run: sums have no fixed order, and those by Winograd or FFT mix elements, so that an infinity may spread as NaN. Errors
 * of functions: CUDA C++ Programming Guide, "Mathematical Functions", single precision.
 */
export const cudaArithmetic: Arithmetic = {
  unitRoundoff: 2 ** -24,
  subnormals: 'flushed',
  nonFinite: 'unspecified',
  deterministic: false,
  functionUlps: { exp: 2, log: 1, sqrt: 1, divide: 2 },
}

/** Every node on the card, or no session. */
export const cudaSession: InferenceSession.SessionOptions = {
  executionProviders: [{ name: 'cuda', deviceId: 0 }],
  extra: { session: { disable_cpu_ep_fallback: '1' } },
  logSeverityLevel: 3,
}

/** The provider on any onnxruntime, so that a test can put one in place that shows what a card would be given. */
export function createCuda(runtime: Runtime, description: string): Provider {
  return {
    name: 'cuda',
    description,
    arithmetic: cudaArithmetic,
    forms,
    // In Node onnxruntime leaves results on the device for WebGPU only: every run copies parameters and moments, so a run
    // is several steps. 10 divides the usual intervals at which losses are read.
    resident: false,
    stepsPerRun: 10,
    createSession: (spec) => createOrtSession(runtime, spec, cudaSession),
  }
}

/** NVIDIA's cards, in Node on Linux x64. */
export const openCuda: OpenProvider = async () => {
  const { platform, arch } = process
  if (platform !== 'linux' || arch !== 'x64')
    throw new ConfigError(
      `gpu: provider cuda runs in Node on Linux x64 only, this is ${platform} ${arch}\nprovider webgpu runs on NVIDIA's cards too`,
    )
  // cuBLAS and cuDNN read it when they are loaded: products of 11 bits would not be float32.
  process.env.NVIDIA_TF32_OVERRIDE = '0'
  const { runtime, version } = await loadRuntime()
  await tryCuda(runtime, packageFolder())
  return createCuda(runtime, `onnxruntime ${version}, CUDA, ${cards()}, TF32 off`)
}

/** Throws a `ConfigError` that says what is missing: the library, another that it needs, or the driver. */
export async function tryCuda(runtime: Runtime, folder: string): Promise<void> {
  const library = cudaLibrary(folder)
  // Asked first: onnxruntime would write to stderr what it does not find.
  if (!existsSync(library)) throw refusal("onnxruntime's CUDA library is not installed", folder, library)
  try {
    await convolveOnce(runtime)
  } catch (cause) {
    const missing = missingLibraries(library)
    const reason =
      missing.length > 0
        ? `libraries are missing: ${missing.join(', ')}`
        : hasDriver()
          ? `onnxruntime cannot use the card: ${cause instanceof Error ? cause.message : cause}`
          : "NVIDIA's driver is not there"
    throw refusal(reason, folder, library, cause)
  }
}

function refusal(reason: string, folder: string, library: string, cause?: unknown): ConfigError {
  return new ConfigError(`gpu: provider cuda: ${reason}\n${remedy(folder, library)}`, { cause })
}

/** A convolution and a product: cuDNN and cuBLAS are loaded by the first of their calls. */
async function convolveOnce({ InferenceSession, Tensor }: Runtime): Promise<void> {
  const graph = createGraph({ opset: forms.opset })
  const type = { dtype: 'float32', shape: [1, 1, 1, 1] } as const
  const x = graph.input('x', type.dtype, type.shape)
  const two = graph.constant(Float32Array.of(2), type.shape)
  const attributes = { kernel_shape: [1, 1], strides: [1, 1], pads: [0, 0, 0, 0], dilations: [1, 1], group: 1 }
  const [twice] = graph.node('Conv', [x, two], attributes, [type])
  graph.output(graph.node('MatMul', [twice, two], {}, [type])[0], 'y')
  const session = await InferenceSession.create(graph.encode(), cudaSession)
  const { y } = await session.run({ x: new Tensor('float32', Float32Array.of(3), type.shape) })
  await session.release()
  if (y.data[0] !== 12) throw new Error(`it computes 3 * 2 * 2 = ${y.data[0]}`)
}
