import type { Arithmetic, Data, DType, Kernels } from '@convkit/api'
import type { Model } from '@convkit/onnx'

export type ProviderName = 'cuda' | 'webgpu' | 'webgl' | 'cpu'

/** What a provider's operators can do. Each layer takes the fastest form that is right under these. */
export interface Forms {
  /** The operator set that models are written in. */
  readonly opset: number
  /** NaN and infinities have to go where the formula sends them; else forms that lose them are taken, which are faster. */
  readonly nonFinite: boolean
  /** `Relu` and `Max` keep a NaN; else they are composed where `nonFinite` is wanted. */
  readonly nanKept: boolean
  /** `Slice` with steps above 1. */
  readonly stridedSlice: boolean
  /** `Conv` and pooling with other pads at the end of an axis than at its start; else `Pad` goes before them. */
  readonly asymmetricPads: boolean
  /** The gradient of a convolution's weights: another `Conv` on transposed operands, or slices and a product of matrices. */
  readonly convWeights: 'conv' | 'slices' | 'faster'
  /** `Loop`, without which several steps cannot run as one. */
  readonly loop?: boolean
}

export interface TensorSpec {
  readonly name: string
  readonly dtype: DType
  readonly shape: readonly number[]
}

export interface OutputSpec extends TensorSpec {
  /** Stays on the device; only where the provider is `resident`. */
  readonly resident: boolean
}

/** A tensor that a session left on its device. Its shape is that of the output it came from. */
export interface Resident {
  readonly shape: readonly number[]
  dispose(): void
}

export function isResident(content: Data | Resident): content is Resident {
  return 'dispose' in content
}

/** What is known not to be on a device. */
export function onHost(content: Data | Resident): Data {
  if (isResident(content)) throw new Error('gpu: values are on the device, where they were expected on the host')
  return content
}

export interface SessionSpec {
  /** The bytes of an ONNX model with static shapes. */
  readonly model: Uint8Array
  readonly inputs: readonly TensorSpec[]
  readonly outputs: readonly OutputSpec[]
}

/** A compiled model. Values stand in the order of its spec; what is not resident is an array on the host. */
export interface Session {
  run(inputs: readonly (Data | Resident)[]): Promise<readonly (Data | Resident)[]>
  release(): Promise<void>
}

/** A reason for each layer's dims that a provider cannot do, or null. */
export type Refusals = {
  readonly [L in keyof Kernels<unknown>]?: NonNullable<Kernels<unknown>[L]>['unsupported']
}

/** Where onnxruntime computes: which forms the layers take there, and how a model becomes a session. */
export interface Provider {
  /** The library's own, or one of yours. */
  readonly name: string
  /** What it really runs on: versions, device, adapter, threads. */
  readonly description: string
  readonly arithmetic: Arithmetic
  readonly forms: Forms
  /** Whether outputs can stay on the device and be inputs of a later run. */
  readonly resident: boolean
  /** Steps that run together unless the caller says otherwise; default 1. */
  readonly stepsPerRun?: number
  readonly unsupported?: Refusals
  /** Writes a graph in the operators that the provider has; absent where it has all that layers use. */
  lower?(this: void, graph: Model): Model
  /** Rejects where the provider has no kernel for a node: never silently on another one. */
  createSession(spec: SessionSpec): Promise<Session>
  close?(): Promise<void>
}

/** What all providers are made from. */
export interface ProviderOptions {
  /** Threads of a large program, where the provider computes on the host; default all processors, at most 8. */
  readonly threads?: number
  /** The folder `dist/` of onnxruntime-web, in a page. */
  readonly wasmUrl?: string | URL
}

/** Rejects with a `ConfigError` that says how to get it where this machine cannot run it. */
export type OpenProvider = (options: ProviderOptions) => Promise<Provider>
