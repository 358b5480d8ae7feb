import type { Backend, Data } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import type { Fault } from '../mutants/mutant.js'
import { createQueued } from '../mutants/queue.js'
import { type Exhibit, exhibits } from './exhibit.js'

interface QueueFault extends Fault {
  readonly link: string
  create(): Backend<Data>
}

/** A queue in which what a storage is given by its first write is what its last write until the next read gives it. */
function lastWriteFirst(): Backend<Data> {
  // It keeps the very arrays that it is given, and so they can still change.
  const queued = createQueued({ hold: (data) => data })
  const firsts = new Map<Data, Data>()
  return {
    ...queued,
    write(storage, data) {
      const own = data.slice()
      const first = firsts.get(storage)
      if (first) first.set(own)
      else firsts.set(storage, own)
      queued.write(storage, own)
    },
    read(storage, into) {
      firsts.clear()
      return queued.read(storage, into)
    },
  }
}

/** Clears what it takes for uninitialised when it is first copied from, whatever kernels have written to it. */
function clearedWhenCopied(): Backend<Data> {
  const naive = createNaive()
  const initialised = new WeakSet<Data>()
  return {
    ...naive,
    write(storage, data) {
      initialised.add(storage)
      naive.write(storage, data)
    },
    read(storage, into) {
      if (!initialised.has(storage)) storage.fill(0)
      initialised.add(storage)
      return naive.read(storage, into)
    },
    free(storage) {
      initialised.delete(storage)
      naive.free(storage)
    },
  }
}

const faults: { readonly [name: string]: QueueFault } = {
  'second-write-overtakes-kernels': {
    says: 'wgpu: where a storage is written twice in one submission both writes come before the kernels between them',
    killers: ['order', 'sequence'],
    link: 'https://github.com/tracel-ai/cubecl/pull/83',
    create: lastWriteFirst,
  },
  'writes-overtake-kernels': {
    says: 'wgpu: writes are queued beside the encoder of the kernels, and overtake those that are not submitted yet',
    killers: ['order', 'reuse', 'sequence'],
    link: 'https://github.com/tracel-ai/cubecl/pull/814',
    create: () => createQueued({ atOnce: ['write'] }),
  },
  'results-cleared-when-copied': {
    says: 'a storage that only kernels have written is taken for uninitialised, and cleared by the first copy from it',
    killers: ['declaration'],
    link: 'https://github.com/gfx-rs/wgpu/issues/1582',
    create: clearedWhenCopied,
  },
}

export const wgpuExhibits: readonly Exhibit[] = exhibits('backend', faults, ({ create }) => create())
