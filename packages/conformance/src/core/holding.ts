import { type Backend, type Data, type DType, dtypeOf } from '@convkit/api'

/** Storages without tensors, freed together at the latest. */
export interface Holding extends Disposable {
  alloc(length: number, dtype: DType): unknown
  /** One that holds `data`. */
  put(data: Data): unknown
  free(storage: unknown): void
}

export function createHolding(backend: Backend): Holding {
  const held = new Set<unknown>()

  function alloc(length: number, dtype: DType): unknown {
    const storage = backend.alloc(length, dtype)
    held.add(storage)
    return storage
  }

  return {
    alloc,

    put(data) {
      const storage = alloc(data.length, dtypeOf(data))
      backend.write(storage, data)
      return storage
    },

    free(storage) {
      held.delete(storage)
      backend.free(storage)
    },

    [Symbol.dispose]() {
      for (const storage of held) backend.free(storage)
      held.clear()
    },
  }
}
