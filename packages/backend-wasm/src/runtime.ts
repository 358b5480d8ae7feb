import type { FloatDType } from '@convkit/api'
import { kernelIndex, type Modules } from './instance.js'
import { paramsAddress, paramsBytes } from './layout.js'
import type { Memory } from './memory.js'
import type { Storage } from './storage.js'
import type { Threads } from './threads.js'

export interface Work {
  /** Independent pieces; each writes its own part of the outputs, so results do not depend on who does it. */
  readonly units: number
  /** A rough estimate for all of them on one thread. */
  readonly nanoseconds: number
}

/**
 * Numbers in float64, or in the kernel's dtype in every lane of a vector: what a kernel makes a vector of before its
 * loop, V8 makes one of in every turn of it.
 */
export type Scalars = { readonly doubles: readonly number[] } | { readonly vectors: readonly number[] }

const noScalars: Scalars = { doubles: [] }

/** What the kernels of one dtype are called through. */
export interface Runtime {
  readonly memory: Memory
  readonly threads: number
  readonly dtype: FloatDType
  /** Bytes of a number. */
  readonly bytes: 4 | 8
  /** Whether convolutions may go Winograd's way. */
  readonly winograd: boolean
  /**
   * Runs a kernel of assembly/. `scalars` and then `fields` (int32: addresses, sizes) fill its parameter class, whose
   * fields stand in the same order. A null storage is the address 0.
   */
  run(kernel: string, work: Work, fields: readonly (Storage | number | null)[], scalars?: Scalars): void
}

export function createRuntime(
  memory: Memory,
  threads: Threads,
  modules: Modules,
  dtype: FloatDType,
  winograd = false,
): Runtime {
  const index = kernelIndex(modules, dtype)
  // Both stay good: memory that is shared keeps old views, memory that is not gets new ones.
  let doubles = new Float64Array(0)
  let integers = new Int32Array(0)
  let reals = new (dtype === 'float32' ? Float32Array : Float64Array)(0)
  const lanes = dtype === 'float32' ? 4 : 2

  function refresh(): void {
    const { buffer } = memory.wasm
    if (doubles.buffer === buffer && doubles.length > 0) return
    doubles = new Float64Array(buffer, paramsAddress, paramsBytes / 8)
    integers = new Int32Array(buffer, paramsAddress, paramsBytes / 4)
    reals = new (dtype === 'float32' ? Float32Array : Float64Array)(buffer, paramsAddress, (paramsBytes / 16) * lanes)
  }

  return {
    memory,
    threads: threads.count,
    dtype,
    bytes: dtype === 'float32' ? 4 : 8,
    winograd,

    run(kernel, { units, nanoseconds }, fields, scalars = noScalars) {
      if (units === 0) return
      refresh()
      let at = 0
      if ('vectors' in scalars) {
        for (const scalar of scalars.vectors) for (let lane = 0; lane < lanes; lane++) reals[at++] = scalar
        at *= 4 / lanes
      } else {
        for (const scalar of scalars.doubles) doubles[at++] = scalar
        at *= 2
      }
      for (const field of fields) integers[at++] = typeof field === 'number' ? field : (field?.address ?? 0)
      threads.run(index(kernel), units, nanoseconds)
    },
  }
}

/** Elementwise work: units of 64 bytes, so that no two threads write to one cache line. */
export function elementwise(runtime: Runtime, size: number, nanosecondsEach = 0.3): Work {
  return { units: Math.ceil((size * runtime.bytes) / 64), nanoseconds: size * nanosecondsEach }
}
