import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import type { Fault } from '../mutants/mutant.js'
import { createQueued } from '../mutants/queue.js'
import { type Exhibit, exhibits } from './exhibit.js'

interface StorageFault extends Fault {
  readonly link: string
  create(): Backend<Data>
}

/** A queue whose writes of one element go through one place, which is read when they run. */
function sharingStaging(): Backend<Data> {
  const staging = new Map<unknown, Data>()
  return createQueued({
    hold(data) {
      const own = data.slice()
      if (own.length !== 1) return own
      const shared = staging.get(own.constructor) ?? own
      shared[0] = own[0]
      staging.set(own.constructor, shared)
      return shared
    },
  })
}

/** A queue that hands out memory again as soon as it is freed, and writes to that at once. */
function recycling(): Backend<Data> {
  const queued = createQueued({ atOnce: ['free'] })
  const inFlight = new Set<Data>()
  const reused = new Set<Data>()
  return {
    ...queued,
    alloc(length, dtype) {
      const storage = queued.alloc(length, dtype)
      if (inFlight.has(storage)) reused.add(storage)
      return storage
    },
    free(storage) {
      inFlight.add(storage)
      reused.delete(storage)
      queued.free(storage)
    },
    write(storage, data) {
      if (reused.has(storage)) storage.set(data)
      else queued.write(storage, data)
    },
    read(storage, into) {
      inFlight.clear()
      reused.clear()
      return queued.read(storage, into)
    },
  }
}

const mebibyte = 2 ** 20

/** A read that is over before what lies behind the first mebibyte has arrived. */
function unfinished(): Backend<Data> {
  const naive = createNaive()
  return {
    ...naive,
    async read(storage, into) {
      const held = into?.slice()
      const data = await naive.read(storage, into)
      if (data.byteLength <= mebibyte) return data
      const first = mebibyte / data.BYTES_PER_ELEMENT
      const rest = data.slice(first)
      if (held) data.set(held.subarray(first), first)
      else data.fill(0, first)
      setTimeout(() => data.set(rest, first), 0)
      return data
    },
  }
}

const faults: { readonly [name: string]: StorageFault } = {
  'mps-write-keeps-the-source': {
    says: 'MPS: a write that does not block reads its source later, when that has been released and used again',
    killers: ['copies', 'sequence'],
    link: 'https://github.com/pytorch/pytorch/issues/189690',
    create: () => createQueued({ hold: (data) => data }),
  },
  'mps-scalars-share-staging': {
    says: 'MPS: writes of single numbers share one buffer without waiting: two in a row both write the second number',
    killers: ['apart', 'sequence', 'order'],
    link: 'https://github.com/pytorch/pytorch/issues/122016',
    create: sharingStaging,
  },
  'mps-recycled-in-flight': {
    says: 'MPS: memory that queued work still uses is handed out again once it is freed, and written to at once',
    killers: ['reuse', 'sequence', 'order'],
    link: 'https://github.com/pytorch/pytorch/pull/193819',
    create: recycling,
  },
  'read-before-it-arrives': {
    says: 'CUDA: a read that does not block gives an array whose end is still on its way, if it is a large one',
    killers: ['transfers', 'growth'],
    link: 'https://github.com/pytorch/pytorch/issues/127612',
    create: unfinished,
  },
}

export const pytorchStorageExhibits: readonly Exhibit[] = exhibits('backend', faults, ({ create }) => create())
