import { type ArrayOf, BackendMismatchError, ConvkitError, type Data, type DType, FreedError } from '@convkit/api'
import { heapAddress } from './layout.js'

const arrays: {
  readonly [D in DType]: {
    readonly BYTES_PER_ELEMENT: number
    new (buffer: ArrayBufferLike, address: number, length: number): ArrayOf[D]
  }
} = { float32: Float32Array, float64: Float64Array, int32: Int32Array }

const pageBytes = 65536
/** Kernels count bytes of one block in int32. */
const maxBlockBytes = 2 ** 31 - pageBytes
const guardBytes = 64
const guardByte = 0xa5

/** A block of linear memory. */
export interface Storage {
  readonly address: number
  readonly length: number
  readonly dtype: DType
  /** Counts what was written here, so that what was derived from the contents can tell that it is stale. */
  version: number
  /** What a kernel hung here for itself; it goes with the block, and with the contents. */
  derived: Derived | null
}

export interface Derived {
  readonly address: number
  readonly bytes: number
  /** The block it was derived from, and that block's version then. */
  readonly source: Storage
  readonly sourceVersion: number
}

export interface Memory {
  readonly wasm: WebAssembly.Memory
  alloc(length: number, dtype: DType): Storage
  free(storage: Storage): void
  /** Throws where `storage` is freed or is not this memory's. */
  check(storage: Storage): void
  /** Checks, counts a new version and drops what was derived from the old one. */
  overwrite(storage: Storage): void
  /** The numbers in a block; the view is good until memory grows. */
  view(storage: Storage): Data
  /** A block for the length of one kernel call. */
  scratch(bytes: number): number
  /** The same, filled with int32 numbers. */
  table(numbers: ArrayLike<number>): number
  releaseScratch(): void
  /** Hangs a block of `bytes` on `owner`, as long as neither `owner` nor `source` changes. */
  derive(owner: Storage, source: Storage, bytes: number): number
  /** The address of what `owner` carries from `source` as it is now, or 0. */
  derived(owner: Storage, source: Storage): number
  /** In debug mode: throws where a kernel wrote outside its blocks. */
  checkGuards(): void
  stats(): { readonly usedBytes: number; readonly reservedBytes: number }
}

export interface MemoryOptions {
  readonly shared: boolean
  readonly limitBytes: number
  /** Fills blocks with NaN when they are handed out and taken back, and keeps guards around them. */
  readonly debug: boolean
}

/**
 * Linear memory in blocks of size classes, four to a doubling. A freed block is handed out again to the next that wants
 * its class, so a training step like the one before it takes nothing new. Blocks are whole cache lines of 64 bytes:
 * kernels that compute element by element may write past the last element, up to the end of its vector.
 */
export function createMemory({ shared, limitBytes, debug }: MemoryOptions): Memory {
  const wasm = reserve(shared, limitBytes)
  const idle = new Map<number, number[]>()
  const live = new Set<Storage>()
  const freed = new WeakSet<Storage>()
  const scratches: { address: number; bytes: number }[] = []
  const margin = debug ? guardBytes : 0
  let top = heapAddress
  let usedBytes = 0

  function take(bytes: number, what: string): number {
    const size = sizeClass(bytes + 2 * margin)
    const address = idle.get(size)?.pop() ?? extend(size) ?? larger(size)
    if (address === undefined)
      throw new ConvkitError(
        `wasm: out of memory for ${what} (${mebibytes(bytes)}): ${mebibytes(usedBytes)} are in use and the limit is ${mebibytes(limitBytes)}`,
      )
    usedBytes += size
    if (debug) guard(address, size)
    return address + margin
  }

  function give(address: number, bytes: number): void {
    const size = sizeClass(bytes + 2 * margin)
    if (debug) {
      checkGuard(address - margin, size)
      new Uint8Array(wasm.buffer, address, size - 2 * margin).fill(0xff)
    }
    usedBytes -= size
    const list = idle.get(size)
    if (list) list.push(address - margin)
    else idle.set(size, [address - margin])
  }

  function extend(size: number): number | undefined {
    const end = top + size
    if (end > limitBytes) return undefined
    const missing = end - wasm.buffer.byteLength
    if (missing > 0 && !grow(missing)) return undefined
    const address = top
    top = end
    return address
  }

  function grow(missing: number): boolean {
    // An eighth more than is needed, so that a growing program does not grow its memory at each call.
    for (const extra of [wasm.buffer.byteLength / 8, 0]) {
      const pages = Math.ceil((missing + extra) / pageBytes)
      if (wasm.buffer.byteLength + pages * pageBytes > limitBytes && extra > 0) continue
      try {
        wasm.grow(pages)
        return true
      } catch {}
    }
    return false
  }

  /** When nothing else is left: an idle block that is larger than need be, cut into the part wanted and the rest. */
  function larger(size: number): number | undefined {
    const found = [...idle].filter(([other, list]) => other > size && list.length > 0).sort(([a], [b]) => a - b)[0]
    const address = found?.[1].pop()
    if (!found || address === undefined) return undefined
    for (let at = address + size, left = found[0] - size; left > 0; ) {
      const part = largestClass(left)
      const list = idle.get(part)
      if (list) list.push(at)
      else idle.set(part, [at])
      at += part
      left -= part
    }
    return address
  }

  function guard(address: number, size: number): void {
    const block = new Uint8Array(wasm.buffer, address, size)
    block.fill(guardByte, 0, margin)
    block.fill(0xff, margin, size - margin)
    block.fill(guardByte, size - margin)
  }

  function checkGuard(address: number, size: number): void {
    const block = new Uint8Array(wasm.buffer, address, size)
    for (let i = 0; i < margin; i++)
      if (block[i] !== guardByte || block[size - 1 - i] !== guardByte)
        throw new ConvkitError(
          `wasm: a kernel wrote outside the block of ${size - 2 * margin} bytes at ${address + margin}`,
        )
  }

  function check(storage: Storage): void {
    if (live.has(storage)) return
    if (freed.has(storage)) throw new FreedError('wasm: storage was used after it was freed')
    throw new BackendMismatchError('wasm: storage of another backend')
  }

  function bytesOf({ length, dtype }: Storage): number {
    return length * arrays[dtype].BYTES_PER_ELEMENT
  }

  function drop(storage: Storage): void {
    if (!storage.derived) return
    give(storage.derived.address, storage.derived.bytes)
    storage.derived = null
  }

  function scratch(bytes: number): number {
    const address = take(bytes, 'the scratch of a kernel')
    scratches.push({ address, bytes })
    return address
  }

  return {
    wasm,
    check,
    scratch,

    alloc(length, dtype) {
      const bytes = length * arrays[dtype].BYTES_PER_ELEMENT
      const what = `${length} elements of ${dtype}`
      if (bytes > maxBlockBytes)
        throw new ConvkitError(`wasm: no block can hold ${what}: its limit is ${mebibytes(maxBlockBytes)}`)
      const storage: Storage = { address: take(bytes, what), length, dtype, version: 0, derived: null }
      live.add(storage)
      return storage
    },

    free(storage) {
      check(storage)
      drop(storage)
      live.delete(storage)
      freed.add(storage)
      give(storage.address, bytesOf(storage))
    },

    overwrite(storage) {
      check(storage)
      storage.version++
      drop(storage)
    },

    view({ address, length, dtype }) {
      return new arrays[dtype](wasm.buffer, address, length)
    },

    table(numbers) {
      const address = scratch(numbers.length * 4)
      new Int32Array(wasm.buffer, address, numbers.length).set(numbers)
      return address
    },

    releaseScratch() {
      for (let block = scratches.pop(); block; block = scratches.pop()) give(block.address, block.bytes)
    },

    derive(owner, source, bytes) {
      drop(owner)
      const address = take(bytes, 'what backward needs of forward')
      owner.derived = { address, bytes, source, sourceVersion: source.version }
      return address
    },

    derived(owner, source) {
      const found = owner.derived
      return found && found.source === source && found.sourceVersion === source.version ? found.address : 0
    },

    checkGuards() {
      if (!debug) return
      for (const storage of live) checkGuard(storage.address - margin, sizeClass(bytesOf(storage) + 2 * margin))
    },

    stats() {
      return { usedBytes, reservedBytes: wasm.buffer.byteLength }
    },
  }
}

function reserve(shared: boolean, limitBytes: number): WebAssembly.Memory {
  const maximum = Math.floor(limitBytes / pageBytes)
  try {
    return new WebAssembly.Memory({ initial: 16, maximum, shared })
  } catch (cause) {
    throw new ConvkitError(
      `wasm: the engine has no address space for ${mebibytes(limitBytes)}; ask for a lower memoryLimit`,
      {
        cause,
      },
    )
  }
}

/** The least of 64, 128, 192, 256, 320, 384, 448, 512, 640, 768, 896, 1024, ... that is at least `bytes`. */
function sizeClass(bytes: number): number {
  if (bytes <= 256) return Math.max(64, Math.ceil(bytes / 64) * 64)
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3)
  return Math.ceil(bytes / step) * step
}

/** The largest size class that is at most `bytes`, a multiple of 64. */
function largestClass(bytes: number): number {
  if (bytes <= 256) return bytes
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2)
  return Math.floor(bytes / step) * step
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 2 : 0)} MiB`
}
