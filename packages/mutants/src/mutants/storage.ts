import type { Backend, Data, DType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { mapped } from './faults.js'
import { type Fault, type Mutant, mutants } from './mutant.js'
import { createQueued, type QueuePolicy } from './queue.js'

interface StorageFault extends Fault {
  /** The functions that are wrong, made of the right ones. */
  change(right: Backend<Data>): Partial<Backend<Data>>
}

interface QueueFault extends Fault {
  readonly policy: QueuePolicy
}

const bytesOf = { float32: 4, float64: 8, int32: 4 } as const

const storageFaults: { readonly [name: string]: StorageFault } = {
  'read-gives-memory': {
    says: 'read returns the memory itself instead of a copy',
    killers: ['copies'],
    change: ({ read }) => ({
      read: async (storage, into) => (into ? read(storage, into) : storage),
    }),
  },
  'read-ignores-into': {
    says: 'read returns a new array and leaves the one it was given alone',
    killers: ['round-trip'],
    change: ({ read }) => ({ read: (storage) => read(storage) }),
  },
  'write-loses-minus-zero': {
    says: 'write adds 0 to every value, which loses the sign of -0',
    killers: ['round-trip'],
    change: ({ write }) => ({
      write: (storage, data) =>
        write(
          storage,
          mapped(data, (value) => value + 0),
        ),
    }),
  },
  'subnormals-flushed': {
    says: 'write flushes subnormals to zero, and the backend does not declare it',
    killers: ['subnormals'],
    change: ({ write }) => ({
      write: (storage, data) =>
        write(
          storage,
          mapped(data, (value) => (Math.abs(value) < smallestNormal(data) ? 0 * value : value)),
        ),
    }),
  },
  'float64-stored-as-float32': {
    says: 'float64 values go through single precision',
    killers: ['round-trip'],
    change: ({ write }) => ({
      write: (storage, data) => write(storage, data instanceof Float64Array ? mapped(data, Math.fround) : data),
    }),
  },
  'labels-stored-as-float32': {
    says: 'integers go through single precision, which is exact to 2^24 only',
    killers: ['round-trip'],
    change: ({ write }) => ({
      write: (storage, data) => write(storage, data instanceof Int32Array ? mapped(data, Math.fround) : data),
    }),
  },
  'storages-overlap': {
    says: 'the end of a storage is rounded down to 16 bytes, so that the next one begins in it',
    killers: ['apart', 'sequence'],
    change() {
      const region = new ArrayBuffer(2 ** 27)
      let end = 0
      return {
        alloc(length: number, dtype: DType) {
          const bytes = length * bytesOf[dtype]
          if (bytes > region.byteLength) throw new Error('out of memory')
          if (end + bytes > region.byteLength) end = 0
          const start = end
          end += Math.max(16, bytes - (bytes % 16))
          if (dtype === 'float64') return new Float64Array(region, start, length)
          return dtype === 'float32' ? new Float32Array(region, start, length) : new Int32Array(region, start, length)
        },
        free() {},
      }
    },
  },
  'freed-while-held': {
    says: 'free hands out the same memory twice',
    killers: ['apart', 'sequence'],
    change: ({ alloc, free }) => ({
      alloc,
      free(storage) {
        free(storage)
        free(storage)
      },
    }),
  },
  'broken-by-an-error': {
    says: 'after an allocation that failed, writes are lost',
    killers: ['usable-after-an-error'],
    change({ alloc, write }) {
      let failed = false
      return {
        alloc(length, dtype) {
          try {
            return alloc(length, dtype)
          } catch (error) {
            failed = true
            throw error
          }
        },
        write: (storage, data) => (failed ? undefined : write(storage, data)),
      }
    },
  },
  'too-much-granted': {
    says: 'an allocation that cannot be had gives an empty storage instead of an error',
    killers: ['usable-after-an-error'],
    change: ({ alloc }) => ({
      alloc(length, dtype) {
        try {
          return alloc(length, dtype)
        } catch {
          return alloc(0, dtype)
        }
      },
    }),
  },
  leak: {
    says: 'memory that was freed is never handed out again, until the 4 GiB of a WebAssembly memory are used up',
    killers: ['reuse'],
    change({ alloc }) {
      let left = 2 ** 32
      return {
        alloc(length, dtype) {
          left -= length * bytesOf[dtype]
          if (left < 0) throw new Error('out of memory')
          return alloc(length, dtype)
        },
      }
    },
  },
}

function smallestNormal(data: Data): number {
  return data instanceof Float32Array ? 2 ** -126 : data instanceof Float64Array ? 2 ** -1022 : 0
}

const queueFaults: { readonly [name: string]: QueueFault } = {
  'writes-overtake': {
    says: 'a write is carried out at once, past the calls that wait',
    killers: ['sequence', 'order'],
    policy: { atOnce: ['write'] },
  },
  'freed-under-waiting-calls': {
    says: 'memory goes back to the system while calls on it still wait, which then find nothing there',
    killers: ['sequence', 'round-trip'],
    policy: { atOnce: ['free'], onFree: (storage) => structuredClone(storage.buffer, { transfer: [storage.buffer] }) },
  },
  'kernels-overtake': {
    says: 'a kernel runs at once, before the writes that wait',
    killers: ['sequence'],
    policy: { atOnce: ['kernel'] },
  },
  'write-keeps-reference': {
    says: 'write queues the array of the caller, who may change it before it is copied',
    killers: ['copies'],
    policy: { hold: (data) => data },
  },
  'last-call-left': {
    says: 'a read runs all but the last of the calls that wait',
    killers: ['order', 'sequence', 'round-trip'],
    policy: { flush: (waiting) => waiting.slice(0, -1) },
  },
  'two-calls-swapped': {
    says: 'where more than four calls wait, the last two run in the other order',
    killers: ['sequence'],
    policy: {
      flush: (waiting) => (waiting.length > 4 ? [...waiting.slice(0, -2), ...waiting.slice(-2).reverse()] : waiting),
    },
  },
}

/** What alloc, write, read, free and the queue get wrong. */
export const storageMutants: readonly Mutant[] = [
  ...mutants('backend', storageFaults, ({ change }) => {
    const naive = createNaive()
    return { ...naive, ...change(naive) }
  }),
  ...mutants('backend', queueFaults, ({ policy }) => createQueued(policy)),
]
