import type { Backend, Data, DType } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import { type Fault, type Mutant, mutants } from './mutant.js'

interface MemoryFault extends Fault {
  /** The functions that are wrong, made of the right ones. */
  change(right: Backend<Data>): Partial<Backend<Data>>
}

/** The array of the same kind that begins where the buffer of another one does. */
function fromStart(view: Data): Data {
  if (view instanceof Float32Array) return new Float32Array(view.buffer, 0, view.length)
  return view instanceof Float64Array
    ? new Float64Array(view.buffer, 0, view.length)
    : new Int32Array(view.buffer, 0, view.length)
}

const canonical = 0x7fc00000

/** Parts of buffers, transfers, memory that grows, and which storage is whose. */
const faults: { readonly [name: string]: MemoryFault } = {
  'write-ignores-offset': {
    says: 'write copies from the beginning of the buffer, not of the part of it that was given',
    killers: ['views'],
    change: ({ write }) => ({ write: (storage, data) => write(storage, fromStart(data)) }),
  },
  'read-fills-from-start': {
    says: 'read fills the buffer of the array that it is given from its beginning',
    killers: ['views'],
    change: ({ read }) => ({
      async read(storage, into) {
        if (into) await read(storage, fromStart(into))
        return into ?? read(storage)
      },
    }),
  },
  'read-fills-whole-lines': {
    says: 'read copies whole lines of 16 bytes, and so over what follows the part of a buffer that it is given',
    killers: ['views'],
    change: ({ read }) => ({
      async read(storage, into) {
        const data = await read(storage, into)
        const { buffer, byteOffset, byteLength } = data
        const rest = Math.min((16 - (byteLength % 16)) % 16, buffer.byteLength - byteOffset - byteLength)
        new Uint8Array(buffer, byteOffset + byteLength, rest).fill(0)
        return data
      },
    }),
  },
  'reads-share-staging': {
    says: 'reads that are under way at the same time share one staging buffer, and all get what came last',
    killers: ['views', 'many-calls'],
    change({ read }) {
      let staging: Promise<Data> | null = null
      return {
        async read(storage, into) {
          const own = read(storage)
          staging = own
          await null
          const last = await (staging ?? own)
          const data = last.constructor === storage.constructor && last.length === storage.length ? last : await own
          if (!into) return data.slice()
          into.set(data)
          return into
        },
      }
    },
  },
  'shared-memory-not-copied': {
    says: 'what is written from memory that threads share is taken to be its own, and not copied',
    killers: ['views'],
    change({ write, read }) {
      const held = new Map<Data, Data>()
      return {
        write(storage, data) {
          held.delete(storage)
          if (data.buffer instanceof SharedArrayBuffer) held.set(storage, data)
          else write(storage, data)
        },
        read: (storage, into) => {
          const shared = held.get(storage)
          if (shared) write(storage, shared)
          return read(storage, into)
        },
      }
    },
  },
  'nan-bits-of-labels': {
    says: 'labels travel as float32, where bits that are a NaN become another NaN',
    killers: ['transfers', 'views'],
    change: ({ read }) => ({
      async read(storage, into) {
        const data = await read(storage, into)
        if (data instanceof Int32Array)
          for (const [i, bits] of data.entries())
            if ((bits & 0x7f800000) === 0x7f800000 && (bits & 0x007fffff) !== 0) data[i] = canonical
        return data
      },
    }),
  },
  'transfer-of-16-mebibytes': {
    says: 'a transfer ends after 2^24 bytes',
    killers: ['transfers'],
    change: ({ write }) => ({
      write: (storage, data) => write(storage, data.subarray(0, 2 ** 24 / data.BYTES_PER_ELEMENT)),
    }),
  },
  'last-page-short': {
    says: 'of arrays longer than a page of 64 KiB the last element is not read where it stands alone on its page',
    killers: ['transfers', 'growth'],
    change: ({ read }) => ({
      async read(storage, into) {
        const data = await read(storage, into)
        if (data.byteLength > 2 ** 16 && data.byteLength % 2 ** 16 === data.BYTES_PER_ELEMENT) data[data.length - 1] = 0
        return data
      },
    }),
  },
  'view-before-growth': {
    says: 'views of memory are kept when it grows: what is written to storages from before is never seen',
    killers: ['growth'],
    change({ alloc, free, read }) {
      const [live, old] = [new Set<Data>(), new Map<Data, Data>()]
      let grown = false
      return {
        alloc(length, dtype) {
          const storage = alloc(length, dtype)
          if (storage.byteLength >= 2 ** 22 && !grown) {
            grown = true
            for (const one of live) old.set(one, one.slice())
          }
          live.add(storage)
          return storage
        },
        free(storage) {
          live.delete(storage)
          old.delete(storage)
          free(storage)
        },
        read: (storage, into) => read(old.get(storage) ?? storage, into),
      }
    },
  },
  'growth-loses-the-end': {
    says: 'memory that grows is copied without the last 64 elements of what is in use',
    killers: ['growth'],
    change({ alloc, write }) {
      let last: Data | null = null
      return {
        alloc(length, dtype) {
          const storage = alloc(length, dtype)
          if (storage.byteLength >= 2 ** 20) last?.fill(0, Math.max(0, last.length - 64))
          return storage
        },
        write(storage, data) {
          write(storage, data)
          last = storage
        },
      }
    },
  },
  'freed-as-a-stack': {
    says: 'free gives back what was allocated last, whichever storage it is given',
    killers: ['crowd', 'apart', 'sequence'],
    change({ alloc, free }) {
      const order: Data[] = []
      return {
        alloc(length, dtype) {
          const storage = alloc(length, dtype)
          order.push(storage)
          return storage
        },
        free() {
          const last = order.pop()
          if (last) free(last)
        },
      }
    },
  },
  'blocks-of-another-dtype': {
    says: 'a block that becomes free is handed out for as many elements of any dtype: float64 gets the bytes of float32',
    killers: ['crowd'],
    change({ alloc, free }) {
      const region = new ArrayBuffer(2 ** 27)
      const idle = new Map<number, number[]>()
      const places = new Map<Data, number>()
      let end = 0
      return {
        alloc(length, dtype) {
          const bytes = length * (dtype === 'float64' ? 8 : 4)
          const reused = idle.get(length)?.pop()
          if (reused === undefined && (bytes > 2 ** 16 || end + bytes > region.byteLength)) return alloc(length, dtype)
          const place = reused ?? end
          if (reused === undefined) end += Math.ceil(bytes / 8) * 8
          const storage = placed(region, place, length, dtype)
          places.set(storage, place)
          return storage
        },
        free(storage) {
          const place = places.get(storage)
          if (place === undefined) return free(storage)
          places.delete(storage)
          idle.set(storage.length, [...(idle.get(storage.length) ?? []), place])
        },
      }
    },
  },
}

function placed(region: ArrayBuffer, place: number, length: number, dtype: DType): Data {
  if (dtype === 'float64') return new Float64Array(region, place, length)
  return dtype === 'float32' ? new Float32Array(region, place, length) : new Int32Array(region, place, length)
}

export const viewMutants: readonly Mutant[] = mutants('backend', faults, ({ change }) => {
  const naive = createNaive()
  return { ...naive, ...change(naive) }
})
