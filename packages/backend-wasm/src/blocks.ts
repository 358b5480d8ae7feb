import { ConvkitError } from '@convkit/api'
import { wholeLines } from './cacheLines.js'
import { lineBytes } from './generated/constants.js'
import { heapAddress } from './layout.js'

export const pageBytes = 65536
/**
 * Blocks of four of these and more begin at a multiple of it: kernels that go through several of them in step stay at the
 * same place in each. Processors take loads for dependent on stores that differ by a multiple of 4 KiB.
 */
const stepBytes = 4096

/** Linear memory in blocks of at least so many bytes, 64-byte aligned. */
export interface Blocks {
  readonly wasm: WebAssembly.Memory
  readonly limitBytes: number
  /** An address, or null where memory is out. */
  take(bytes: number): number | null
  /** Takes back what `take(bytes)` gave. */
  give(address: number, bytes: number): void
  usedBytes(): number
}

/**
 * Blocks of size classes, four to a doubling. A freed block is handed out again to the next that wants its class, so a
 * training step like the one before it takes nothing new; at the limit idle blocks are joined and cut.
 */
export function createBlocks(shared: boolean, limitBytes: number | undefined): Blocks {
  const { wasm, limit } = reserve(shared, limitBytes)
  const idle = new Map<number, number[]>()
  let top = heapAddress
  let usedBytes = 0

  function extend(size: number): number | null {
    const address = size < 4 * stepBytes ? top : Math.ceil(top / stepBytes) * stepBytes
    const end = address + size
    if (end > limit || !grow(end - wasm.buffer.byteLength)) return null
    putBackRun(top, address)
    top = end
    return address
  }

  function grow(missing: number): boolean {
    if (missing <= 0) return true
    const now = wasm.buffer.byteLength
    // An eighth more than is needed, so that a growing program does not grow its memory at each call.
    for (const wanted of [missing + now / 8, missing]) {
      const pages = Math.ceil(wanted / pageBytes)
      if (now + pages * pageBytes > limit) continue
      try {
        wasm.grow(pages)
        return true
      } catch {
        // The engine may have less than the limit; what is there stays.
      }
    }
    return false
  }

  function putBack(address: number, size: number): void {
    const list = idle.get(size)
    if (list) list.push(address)
    else idle.set(size, [address])
  }

  /** The smallest idle block that is larger than need be, cut into the part wanted and the rest. */
  function cut(size: number): number | null {
    const larger = [...idle].filter(([other, list]) => other > size && list.length > 0).map(([other]) => other)
    const found = Math.min(...larger)
    const address = idle.get(found)?.pop()
    if (address === undefined) return null
    putBackRun(address + size, address + found)
    return address
  }

  function putBackRun(from: number, to: number): void {
    for (let at = from; at < to; ) {
      const size = largestClass(to - at)
      putBack(at, size)
      at += size
    }
  }

  /** Joins idle neighbours, of whatever classes, to blocks as large as can be. */
  function join(): void {
    const all = [...idle].flatMap(([size, list]) => list.map((address) => ({ address, size })))
    all.sort((a, b) => a.address - b.address)
    idle.clear()
    let from = 0
    let to = 0
    for (const { address, size } of all) {
      if (address !== to) {
        putBackRun(from, to)
        from = address
      }
      to = address + size
    }
    if (to === top) top = from
    else putBackRun(from, to)
  }

  function atTheLimit(size: number): number | null {
    join()
    return idle.get(size)?.pop() ?? extend(size) ?? cut(size)
  }

  return {
    wasm,
    limitBytes: limit,
    usedBytes: () => usedBytes,

    take(bytes) {
      const size = sizeClass(bytes)
      const address = idle.get(size)?.pop() ?? extend(size) ?? cut(size) ?? atTheLimit(size)
      if (address !== null) usedBytes += size
      return address
    },

    give(address, bytes) {
      const size = sizeClass(bytes)
      usedBytes -= size
      putBack(address, size)
    },
  }
}

/** Without a limit of the caller's: as much as the engine has address space for. */
function reserve(shared: boolean, limitBytes: number | undefined): { wasm: WebAssembly.Memory; limit: number } {
  for (let limit = limitBytes ?? 2 ** 32; ; limit /= 2)
    try {
      return { wasm: new WebAssembly.Memory({ initial: 16, maximum: limit / pageBytes, shared }), limit }
    } catch (cause) {
      if (limitBytes !== undefined || limit <= 2 ** 28)
        throw new ConvkitError(`wasm: the engine has no address space for ${mebibytes(limit)}`, { cause })
    }
}

/** The least of 64, 128, 192, 256, 320, 384, 448, 512, 640, 768, 896, 1024, ... that is at least `bytes`. */
export function sizeClass(bytes: number): number {
  if (bytes <= 256) return Math.max(lineBytes, wholeLines(bytes))
  const step = 2 ** (Math.ceil(Math.log2(bytes)) - 3)
  return Math.ceil(bytes / step) * step
}

/** The largest size class that is at most `bytes`, a multiple of 64. */
function largestClass(bytes: number): number {
  if (bytes <= 256) return bytes
  const step = 2 ** (Math.floor(Math.log2(bytes)) - 2)
  return Math.floor(bytes / step) * step
}

export function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(bytes < 10 * 2 ** 20 ? 2 : 0)} MiB`
}
