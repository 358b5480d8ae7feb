import type { FloatDType } from '@convkit/api'
import { lines } from './cacheLines.js'
import type { Exactly, KernelName, Layouts } from './fields.js'
import { layouts as builtLayouts } from './generated/layouts.js'
import type { KernelParams } from './generated/params.js'
import { kernelIndex, type Modules } from './instance.js'
import type { Memory } from './memory.js'
import type { Threads } from './threads.js'
import { createWriter } from './writer.js'

export interface Work {
  /** Independent pieces; each writes its own part of the outputs, so results do not depend on who does it. */
  readonly units: number
  /** A rough estimate for all of them on one thread. */
  readonly nanoseconds: number
}

/** What the kernels of one dtype are called through. */
export interface Runtime {
  readonly memory: Memory
  readonly threads: number
  readonly dtype: FloatDType
  /** Bytes of a number. */
  readonly bytes: 4 | 8
  /** Whether convolutions may go Winograd's way. */
  readonly winograd: boolean
  /** Runs a kernel of assembly/: `params` are the fields of its class of parameters there, by name. */
  run<K extends KernelName, P extends KernelParams[K]>(kernel: K, work: Work, params: Exactly<KernelParams[K], P>): void
}

export function createRuntime(
  memory: Memory,
  threads: Threads,
  modules: Modules,
  dtype: FloatDType,
  winograd = false,
  layouts: Layouts = builtLayouts,
): Runtime {
  const index = kernelIndex(modules, dtype)
  const write = createWriter(memory.wasm, dtype, layouts)

  return {
    memory,
    threads: threads.count,
    dtype,
    bytes: dtype === 'float32' ? 4 : 8,
    winograd,

    run(kernel, { units, nanoseconds }, params) {
      if (units === 0) return
      write(kernel, params)
      threads.run(index(kernel), units, nanoseconds)
    },
  }
}

/** Elementwise work: units of a cache line, so that no two threads write to one. */
export function elementwise(runtime: Runtime, size: number, nanosecondsEach = 0.3): Work {
  return { units: lines(size * runtime.bytes), nanoseconds: size * nanosecondsEach }
}
