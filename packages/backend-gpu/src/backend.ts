import {
  type Backend,
  type ComposedKernel,
  ConfigError,
  ConvkitError,
  checkOptions,
  checkSwitches,
  type Data,
  type DType,
  DTypeError,
  dtypeOf,
  FreedError,
  isComposed,
  type KernelInfo,
  type KernelTables,
  makeKernels,
  type OptionNames,
  type Refuse,
  type RunKernel,
  ShapeError,
} from '@convkit/api'
import type { AnyEmitter, Argument } from './call.js'
import { emitComposed } from './composed.js'
import { emitterOf } from './emitters.js'
import type { Counts } from './program.js'
import { openProvider } from './providers/open.js'
import type { Provider, ProviderName } from './providers/provider.js'
import { Queue } from './queue.js'
import { type Storage, Version } from './version.js'

export interface GpuOptions {
  /** Default `auto`: CUDA, else WebGPU, else the processor. One that is asked for by name is had, or there is an error. */
  readonly provider?: ProviderName | 'auto' | Provider
  /** Threads of a large program, where the provider computes on the host; default all processors, at most 8. */
  readonly threads?: number
  /**
   * Steps of training, as `mark` ends them, that run together where every run ends on the host; default 1, on CUDA 10.
   * Losses come after as many steps. Where state stays on the device it is not needed and changes nothing.
   */
  readonly stepsPerRun?: number
  /** Runs every call at once, in a program of its own; errors show where the call was made. Default false. */
  readonly debug?: boolean
  /** How many compiled programs are kept; default 64. */
  readonly programs?: number
  /** Calls that may be recorded before they run unasked; default 256. */
  readonly recorded?: number
  /**
   * Of `webgpu` in a page: where a bundler or a server has put the folder `dist/` of onnxruntime-web. Default: beside its
   * module.
   */
  readonly wasmUrl?: string | URL
}

const optionNames: OptionNames<GpuOptions> = {
  provider: true,
  threads: true,
  stepsPerRun: true,
  debug: true,
  programs: true,
  recorded: true,
  wasmUrl: true,
}

export interface Gpu extends Backend<Storage> {
  /** Programs compiled and run so far, and the bytes that crossed between host and sessions. */
  readonly counts: Readonly<Counts>
}

const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array } as const
const mostElements = 2 ** 31 - 1

/**
 * Records calls and runs them as ONNX graphs in onnxruntime: a training step is one graph, compiled once. Nothing runs
 * before `read`, `sync`, the first call after `mark`, or too many recorded calls. Throws `ConfigError` for what this
 * machine cannot do.
 */
export async function createGpu(given: GpuOptions = {}): Promise<Gpu> {
  const options = checkOptions('gpu', given, optionNames)
  const { debug = false, wasmUrl } = options
  checkSwitches('gpu', { debug })
  const programs = count('programs', options.programs ?? 64)
  const recorded = count('recorded', options.recorded ?? 256)
  const threads = options.threads === undefined ? {} : { threads: count('threads', options.threads) }
  const provider = await openProvider(options.provider ?? 'auto', {
    ...threads,
    ...(wasmUrl === undefined ? {} : { wasmUrl }),
  })
  const stepsPerRun = count('stepsPerRun', options.stepsPerRun ?? provider.stepsPerRun ?? 1)
  const queue = new Queue(provider, { programs, recorded, stepsPerRun: provider.forms.loop ? stepsPerRun : 1 })

  /** Of layers that are not the library's. Two of one name are two programs. */
  const composed = new Map<ComposedKernel, RunKernel<Storage>>()

  function recorder({ name: label, reads, updates }: KernelInfo<string>, emit: AnyEmitter): RunKernel<Storage> {
    const firstUpdate = reads.length
    const firstWrite = firstUpdate + updates.length
    return ({ dims, scalars, storages }) => {
      queue.flushIfDue()
      const args = storages.map((storage, i): Argument => {
        if (!storage) return null
        const reads = i < firstWrite ? current(label, storage) : null
        const writes = i >= firstUpdate ? new Version(storage.length, storage.dtype) : null
        return { reads, writes }
      })
      const stack = debug ? { stack: new Error(`${label} was called here`) } : {}
      queue.record({ label, emit, d: dims, scalars: scalars && { ...scalars }, args, ...stack })
      for (const [i, storage] of storages.entries()) {
        const writes = args[i]?.writes
        if (storage && writes) bind(label, storage, writes)
      }
      if (debug) queue.flush()
    }
  }

  function tables(): KernelTables<Storage> {
    return makeKernels(
      (kernel) => {
        const emit = isComposed(kernel) ? emitComposed(kernel) : emitterOf(kernel)
        return emit && recorder(kernel, emit)
      },
      (layer) => provider.unsupported?.[layer] as Refuse | undefined,
    )
  }

  return {
    name: 'gpu',
    description: provider.description,
    arithmetic: { float32: provider.arithmetic },
    kernels: { float32: tables() },
    compose(kernel, call) {
      const record =
        composed.get(kernel) ??
        recorder({ ...kernel, name: `${kernel.name} #${composed.size + 1}` }, emitComposed(kernel))
      composed.set(kernel, record)
      record(call)
    },
    counts: queue.programs.counts,

    alloc(length: number, dtype: DType) {
      if (length > mostElements) throw new ConvkitError(`gpu: no memory for ${length} elements of ${dtype}`)
      return { length, dtype, version: null, live: true }
    },

    free(storage) {
      queue.noteFree()
      storage.version?.unbind()
      storage.version = null
      storage.live = false
    },

    write(storage, data) {
      checkArray('write', storage, data)
      queue.flushIfDue()
      bind('write', storage, new Version(storage.length, storage.dtype, new arrays[storage.dtype](data)))
    },

    async read(storage, into) {
      if (into) checkArray('read', storage, into)
      const version = current('read', storage)
      version.wanted = true
      version.pin()
      try {
        const data = await queue.wait(() => queue.programs.read(version))
        if (!into) return new arrays[storage.dtype](data)
        into.set(data)
        return into
      } finally {
        version.unpin()
      }
    },

    sync() {
      return queue.wait(async () => {})
    },

    mark() {
      queue.endStep()
    },

    async close() {
      await queue.wait(async () => {}).catch(() => {})
      await queue.programs.close()
    },
  }
}

/** What a storage holds; zeros where nothing was written. */
function current(call: string, storage: Storage): Version {
  checkLive(call, storage)
  const version =
    storage.version ?? new Version(storage.length, storage.dtype, new arrays[storage.dtype](storage.length))
  if (!storage.version) bind(call, storage, version)
  return version
}

function bind(call: string, storage: Storage, version: Version): void {
  checkLive(call, storage)
  version.bind()
  storage.version?.unbind()
  storage.version = version
}

function checkLive(call: string, { live }: Storage): void {
  if (!live) throw new FreedError(`gpu: ${call}: the storage was freed`)
}

function checkArray(call: string, storage: Storage, data: Data): void {
  checkLive(call, storage)
  const { dtype, length } = storage
  if (dtypeOf(data) !== dtype)
    throw new DTypeError(`gpu: ${call}: the storage is ${dtype}, the array is ${dtypeOf(data)}`)
  if (data.length !== length)
    throw new ShapeError(`gpu: ${call}: the storage has ${length} elements, the array has ${data.length}`)
}

function count(name: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1)
    throw new ConfigError(`gpu: ${name} must be a whole number of at least 1, got ${value}`)
  return value
}
