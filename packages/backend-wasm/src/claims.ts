import type { WasmKernel } from './instance.js'
import { controlAddress, controlBytes, paramsAddress } from './layout.js'

/** Int32 slots of the control block, one thread pool's whole shared state. */
export const slot = {
  /** generation * 1024 + the next chunk that nobody has taken; the last chunk number says that none can be. */
  state: 0,
  chunks: 1,
  chunkSize: 2,
  units: 3,
  kernel: 4,
  /** Chunks done in this call. */
  done: 5,
  /** Workers that sleep on `state`. */
  asleep: 6,
  /** 1 once a kernel has thrown. */
  failed: 7,
} as const

const closed = 1023
const maxChunks = closed - 1

/** Looks at the control block before a thread goes to sleep: some 50 microseconds, far less than waking takes. */
export const spins = 10_000

export interface Claims {
  readonly control: Int32Array
  /** Opens a call for all threads, in at most so many chunks; the one before must be done. */
  open(kernel: number, units: number, chunks: number): void
  /** Takes a chunk and computes it; false where there is none. A kernel's error comes out of here, the chunk counts as done. */
  take(kernels: readonly WasmKernel[], thread: number): boolean
  isDone(): boolean
  /** Sleeps until the chunks that others took are done; true where that took longer than it may. */
  sleep(milliseconds: number): boolean
}

/**
 * Chunks of a call are claimed by whoever is free, so a worker that is late, or gone, costs nothing. One word holds the
 * call's generation and its next chunk: a claim by a thread that looked at an earlier call fails, because between two
 * calls the word is closed before anything else of the control block changes.
 */
export function createClaims(memory: WebAssembly.Memory): Claims {
  const control = new Int32Array(memory.buffer, controlAddress, controlBytes / 4)

  return {
    control,

    open(kernel, units, chunks) {
      const chunkSize = Math.ceil(units / Math.min(chunks, maxChunks))
      const generation = ((Atomics.load(control, slot.state) >>> 10) + 1) << 10
      Atomics.store(control, slot.state, generation | closed)
      Atomics.store(control, slot.kernel, kernel)
      Atomics.store(control, slot.units, units)
      Atomics.store(control, slot.chunks, Math.ceil(units / chunkSize))
      Atomics.store(control, slot.chunkSize, chunkSize)
      Atomics.store(control, slot.done, 0)
      Atomics.store(control, slot.state, generation)
      if (Atomics.load(control, slot.asleep) > 0) Atomics.notify(control, slot.state)
    },

    take(kernels, thread) {
      while (true) {
        const state = Atomics.load(control, slot.state)
        const chunk = state & closed
        const kernel = Atomics.load(control, slot.kernel)
        const units = Atomics.load(control, slot.units)
        const size = Atomics.load(control, slot.chunkSize)
        if (chunk === closed || chunk >= Atomics.load(control, slot.chunks)) return false
        if (Atomics.compareExchange(control, slot.state, state, state + 1) !== state) continue
        const from = chunk * size
        try {
          kernels[kernel](from, Math.min(from + size, units), thread, paramsAddress)
        } catch (error) {
          // Before the chunk counts as done, or the caller would find it in a later call.
          Atomics.store(control, slot.failed, 1)
          throw error
        } finally {
          if (Atomics.add(control, slot.done, 1) + 1 === Atomics.load(control, slot.chunks))
            Atomics.notify(control, slot.done)
        }
        return true
      }
    },

    isDone() {
      return Atomics.load(control, slot.done) === Atomics.load(control, slot.chunks)
    },

    sleep(milliseconds) {
      const done = Atomics.load(control, slot.done)
      if (done === Atomics.load(control, slot.chunks)) return false
      return Atomics.wait(control, slot.done, done, milliseconds) === 'timed-out'
    },
  }
}
