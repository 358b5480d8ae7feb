import { type ArrayOf, BackendMismatchError, ConvkitError, type Data, type DType, FreedError } from '@convkit/api'
import { createBlocks, mebibytes, pageBytes } from './blocks.js'
import { wholeLines } from './cacheLines.js'
import { lineBytes } from './generated/constants.js'
import type { Address, Storage } from './storage.js'

export const arrays: {
  readonly [D in DType]: {
    readonly BYTES_PER_ELEMENT: number
    new (buffer: ArrayBufferLike, address: number, length: number): ArrayOf[D]
    new (length: number): ArrayOf[D]
  }
} = { float32: Float32Array, float64: Float64Array, int32: Int32Array }

/** Kernels count bytes of one block in int32. */
const maxBlockBytes = 2 ** 31 - pageBytes
/** Blocks are whole lines, so kernels may write the rest of a block's last line, and no two threads share one. */
const guardBytes = lineBytes
const guardByte = 0xa5

export interface Memory {
  readonly wasm: WebAssembly.Memory
  alloc(length: number, dtype: DType): Storage
  free(storage: Storage): void
  /** Throws where `storage` is freed or is not this memory's. */
  check(storage: Storage): void
  /** The numbers in a block; the view is good until memory grows. */
  view(storage: Storage): Data
  /** A block for the length of one kernel call. */
  scratch(bytes: number): Address
  /** The same, filled with int32 numbers. */
  table(numbers: ArrayLike<number>): Address
  releaseScratch(): void
  /** In debug mode: throws where a kernel wrote outside its blocks. */
  checkGuards(): void
  stats(): { readonly usedBytes: number; readonly reservedBytes: number }
}

export interface MemoryOptions {
  readonly shared: boolean
  /** A multiple of 64 KiB. */
  readonly limitBytes: number | undefined
  /** Fills blocks with NaN when they are handed out and taken back, and keeps guards around them. */
  readonly debug: boolean
}

/** Storages in linear memory, what kernels keep beside them, and in debug mode a watch over both. */
export function createMemory({ shared, limitBytes, debug }: MemoryOptions): Memory {
  const blocks = createBlocks(shared, limitBytes)
  const { wasm } = blocks
  const live = new Set<Storage>()
  const freed = new WeakSet<Storage>()
  const scratches: { address: Address; bytes: number }[] = []
  const margin = debug ? guardBytes : 0

  function take(bytes: number, what: string): Address {
    if (bytes > maxBlockBytes)
      throw new ConvkitError(`wasm: no block can hold ${what}: its limit is ${mebibytes(maxBlockBytes)}`)
    const block = blocks.take(bytes + 2 * margin)
    if (block === null)
      throw new ConvkitError(
        `wasm: out of memory for ${what} (${mebibytes(bytes)}): ${mebibytes(blocks.usedBytes())} are in use and the limit is ${mebibytes(blocks.limitBytes)}`,
      )
    if (debug) {
      poison(block + margin, bytes)
      guard(block + margin, bytes)
    }
    // Here numbers become addresses.
    return (block + margin) as Address
  }

  function give(address: number, bytes: number): void {
    const broken = debug && !guarded(address, bytes)
    if (debug) poison(address, bytes)
    blocks.give(address - margin, bytes + 2 * margin)
    if (broken) throw outside(address, bytes)
  }

  /** NaN in both dtypes, and no label. */
  function poison(address: number, bytes: number): void {
    new Uint8Array(wasm.buffer, address, bytes).fill(0xff)
  }

  function guards(address: number, bytes: number): readonly Uint8Array[] {
    const end = wholeLines(address + bytes)
    return [address - margin, end].map((at) => new Uint8Array(wasm.buffer, at, margin))
  }

  function guard(address: number, bytes: number): void {
    for (const bytesOf of guards(address, bytes)) bytesOf.fill(guardByte)
  }

  function guarded(address: number, bytes: number): boolean {
    return guards(address, bytes).every((bytesOf) => bytesOf.every((byte) => byte === guardByte))
  }

  function outside(address: number, bytes: number): ConvkitError {
    return new ConvkitError(`wasm: a kernel wrote outside the block of ${bytes} bytes at ${address}`)
  }

  function check(storage: Storage): void {
    if (live.has(storage)) return
    if (freed.has(storage)) throw new FreedError('wasm: storage was used after it was freed')
    throw new BackendMismatchError('wasm: storage of another backend')
  }

  function bytesOf({ length, dtype }: Storage): number {
    return length * arrays[dtype].BYTES_PER_ELEMENT
  }

  function scratch(bytes: number): Address {
    const address = take(bytes, 'the scratch of a kernel')
    scratches.push({ address, bytes })
    return address
  }

  return {
    wasm,
    check,
    scratch,

    alloc(length, dtype) {
      if (!Number.isSafeInteger(length) || length < 0)
        throw new ConvkitError(`wasm: cannot allocate ${length} elements`)
      const address = take(length * arrays[dtype].BYTES_PER_ELEMENT, `${length} elements of ${dtype}`)
      const storage: Storage = { address, length, dtype }
      live.add(storage)
      return storage
    },

    free(storage) {
      check(storage)
      live.delete(storage)
      freed.add(storage)
      give(storage.address, bytesOf(storage))
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

    checkGuards() {
      if (!debug) return
      const broken = [...live].filter((storage) => !guarded(storage.address, bytesOf(storage)))
      // Once said, it need not be said again.
      for (const storage of broken) guard(storage.address, bytesOf(storage))
      if (broken[0]) throw outside(broken[0].address, bytesOf(broken[0]))
    },

    stats() {
      return { usedBytes: blocks.usedBytes(), reservedBytes: wasm.buffer.byteLength }
    },
  }
}
