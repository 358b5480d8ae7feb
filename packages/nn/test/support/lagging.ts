import { type Backend, type Data, type FloatDType, type KernelTables, mapKernels } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'

/** A handle into a lagging backend: what it stands for exists only when the queue gets there. */
export interface Handle {
  readonly id: number
}

/**
 * A backend that does nothing until it must: calls are remembered, and run, on naive kernels, when a read has waited
 * for `delay`. A storage that was freed is overwritten with NaN, so that one used afterwards shows.
 */
export function createLagging(kept: (kernel: string) => boolean, delay: () => Promise<void>) {
  const naive = createNaive()
  const arrays = new Map<Handle, Data>()
  const queue: (() => void)[] = []
  const log: string[] = []
  let count = 0

  function arrayOf(handle: Handle): Data {
    const array = arrays.get(handle)
    if (!array) throw new Error(`storage ${handle.id} is not there`)
    return array
  }

  function tables(dtype: FloatDType): KernelTables<Handle> {
    return mapKernels<Data, Handle>(naive.kernels[dtype], ({ name, run }) => {
      if (!kept(name)) return undefined
      return ({ storages, ...call }) => {
        queue.push(() => {
          log.push(name)
          run({ ...call, storages: storages.map((handle) => handle && arrayOf(handle)) })
        })
      }
    })
  }

  const backend: Backend<Handle> = {
    name: 'lagging',
    description: 'runs nothing before it must',
    kernels: { float32: tables('float32'), float64: tables('float64') },
    alloc(length, dtype) {
      const handle = { id: count++ }
      arrays.set(handle, naive.alloc(length, dtype).fill(0))
      return handle
    },
    free(handle) {
      queue.push(() => {
        arrayOf(handle).fill(Number.NaN)
        arrays.delete(handle)
      })
    },
    write(handle, data) {
      const copy = data.slice()
      queue.push(() => arrayOf(handle).set(copy))
    },
    async read(handle, into) {
      const before = queue.splice(0)
      const earlier = chain
      chain = earlier.then(delay).then(() => {
        for (const task of before) task()
      })
      await chain
      const copy = arrayOf(handle).slice()
      into?.set(copy)
      return into ?? copy
    },
  }
  let chain: Promise<void> = Promise.resolve()
  return { backend, log, living: () => arrays.size }
}
