import {
  type Backend,
  ConfigError,
  checkOptions,
  checkSwitches,
  computing,
  type Data,
  DTypeError,
  dtypeOf,
  type FloatDType,
  type KernelTables,
  mapKernels,
  type OptionNames,
  type RunKernel,
  ShapeError,
} from '@convkit/api'
import { platform } from '#platform'
import { pageBytes } from './blocks.js'
import { filesOf, type WasmBinary } from './files.js'
import { arrays, createMemory } from './memory.js'
import { compileModules, requireWebAssembly, simdOf } from './modules.js'
import { createRuntime } from './runtime.js'
import type { Storage } from './storage.js'
import { kernelTables } from './tables.js'
import { startThreads } from './threads.js'
import type { Simd } from './variant.js'

export interface WasmOptions {
  /** Default: as many as there are processors; one where there are no threads. */
  readonly threads?: number
  /** Fused multiply-add (relaxed SIMD). Default: where the engine has it. */
  readonly fma?: boolean
  /**
   * 3 x 3 convolutions at stride 1, and their dx, by Winograd's F(2x2, 3x3) where it pays: faster, and with another bound
   * of rounding errors, which `arithmetic` declares. Default: false.
   */
  readonly winograd?: boolean
  /** Bytes that linear memory may grow to, whole pages of 64 KiB; default and most 4 GiB. */
  readonly memoryLimit?: number
  /** Fills memory with NaN when it is handed out and taken back, and finds kernels that write outside their blocks. */
  readonly debug?: boolean
  /**
   * Where a bundler or a server has put this package's folder `wasm/`, which holds the modules and the workers' script: a
   * URL, in Node also a path. Default: beside this module.
   */
  readonly wasmUrl?: string | URL
  /**
   * The bytes of a file of this package's folder `wasm/`, instead of `wasmUrl`: of `float32-fma-shared.wasm` and its like,
   * and where there are threads of the workers' script, `worker.js` in a page and `worker.mjs` in Node.
   */
  readonly wasmBinary?: WasmBinary
}

const optionNames: OptionNames<WasmOptions> = {
  threads: true,
  fma: true,
  winograd: true,
  memoryLimit: true,
  debug: true,
  wasmUrl: true,
  wasmBinary: true,
}

/**
 * SIMD kernels on linear memory, shared between threads. A call is done when it returns; its error, if it had one, comes
 * out of the next `read` or `sync`. Results have the same bits for every number of threads.
 * Runs on one thread where there can be no workers, and says why in its description. Throws `ConfigError` for what this
 * engine cannot do.
 */
export async function createWasm(options: WasmOptions = {}): Promise<Backend<Storage>> {
  checkOptions('wasm', options, optionNames)
  const { fma, winograd, debug } = options
  checkSwitches('wasm', { fma, winograd, debug })
  const wanted = threadsOf(options)
  const files = filesOf(options.wasmUrl, options.wasmBinary)
  const limitBytes = limitOf(options)
  requireWebAssembly()
  const refusal = noThreads()
  const shared = wanted > 1 && refusal === null
  const simd = simdOf(options.fma)
  const modules = await compileModules(simd, shared ? 'shared' : 'plain', files)
  const memory = createMemory({ shared, limitBytes, debug: options.debug ?? false })
  const convolution = options.winograd ? 'winograd' : 'direct'
  const threads = await startThreads(memory.wasm, modules, shared ? wanted : 1, shared ? await files.script() : null)
  let poison: unknown = null

  function guardedTables(dtype: FloatDType): KernelTables<Storage> {
    const own = kernelTables(createRuntime(memory, threads, modules, dtype, options.winograd))
    return mapKernels(own, ({ run }) => guarded(run))
  }

  /** Checks storages, keeps the error of a call for the next read, and gives scratch memory back. */
  function guarded(run: RunKernel<Storage>): RunKernel<Storage> {
    return (call) => {
      for (const storage of call.storages) if (storage) memory.check(storage)
      if (poison !== null) return
      try {
        run(call)
      } catch (error) {
        poison = error
      }
      try {
        memory.releaseScratch()
      } catch (error) {
        poison ??= error
      }
    }
  }

  function checkArray(call: string, storage: Storage, data: Data): void {
    if (dtypeOf(data) !== storage.dtype)
      throw new DTypeError(`wasm: ${call}: the storage is ${storage.dtype}, the array is ${dtypeOf(data)}`)
    if (data.length !== storage.length)
      throw new ShapeError(`wasm: ${call}: the storage has ${storage.length} elements, the array has ${data.length}`)
  }

  function surface(): void {
    const error = poison ?? threads.failure()
    poison = null
    if (error !== null) throw error
    memory.checkGuards()
  }

  return {
    name: 'wasm',
    description: describe(simd, threads.count, options, (wanted > 1 ? refusal : null) ?? threads.refused),
    arithmetic: {
      float32: { ...arithmetic, convolution, unitRoundoff: 2 ** -24 },
      float64: { ...arithmetic, convolution, unitRoundoff: 2 ** -53 },
    },
    kernels: { float32: guardedTables('float32'), float64: guardedTables('float64') },

    /** On the host, where they lie. */
    compose(kernel, call) {
      const views = (storages: readonly (Storage | null)[]) =>
        storages.map((storage) => storage && memory.view(storage))
      guarded((own) => computing(kernel)({ ...own, storages: views(own.storages) }))(call)
    },

    alloc: memory.alloc,
    free: memory.free,

    write(storage, data) {
      checkArray('write', storage, data)
      memory.check(storage)
      memory.view(storage).set(data)
    },

    async read(storage, into) {
      memory.check(storage)
      if (into) checkArray('read', storage, into)
      surface()
      const view = memory.view(storage)
      // A copy into fresh memory of the host's own: `slice` of linear memory is many times slower.
      const target = into ?? new arrays[storage.dtype](view.length)
      target.set(view)
      return target
    },

    async sync() {
      surface()
    },

    async close() {
      await threads.stop()
    },
  }
}

/** IEEE 754, which WebAssembly prescribes, but for what optimizers store. */
const arithmetic = { subnormals: 'stateFlushed', nonFinite: 'ieee', deterministic: true } as const

const maxThreads = 128

function threadsOf({ threads }: WasmOptions): number {
  if (threads !== undefined && (!Number.isSafeInteger(threads) || threads < 1 || threads > maxThreads))
    throw new ConfigError(`wasm: threads must be a whole number from 1 to ${maxThreads}, got ${threads}`)
  return threads ?? Math.min(platform.processors, maxThreads)
}

function noThreads(): string | null {
  if (platform.noThreads !== null) return platform.noThreads
  return typeof SharedArrayBuffer === 'undefined' ? 'there is no SharedArrayBuffer' : null
}

function limitOf({ memoryLimit }: WasmOptions): number | undefined {
  if (memoryLimit === undefined) return undefined
  if (!Number.isSafeInteger(memoryLimit) || memoryLimit < 16 * pageBytes || memoryLimit > 2 ** 32)
    throw new ConfigError(
      `wasm: memoryLimit must be between ${16 * pageBytes} and ${2 ** 32} bytes, got ${memoryLimit}`,
    )
  return Math.floor(memoryLimit / pageBytes) * pageBytes
}

function describe(simd: Simd, threads: number, { winograd }: WasmOptions, refusal: string | null): string {
  const arithmetic = simd === 'fma' ? '128-bit SIMD with fused multiply-add' : '128-bit SIMD'
  const why = refusal ? ` (${refusal})` : ''
  const convolutions = winograd ? ', Winograd convolutions' : ''
  return `WebAssembly, ${arithmetic}${convolutions}, ${threads} thread${threads === 1 ? '' : 's'}${why}, ${platform.engine}`
}
