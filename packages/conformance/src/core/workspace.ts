import type { Backend, DType } from '@convkit/api'

/** Storages that have names, and stay until it is disposed: whoever asks for a name again gets the same one. */
export interface Workspace extends Disposable {
  storage(name: string, length: number, dtype: DType): unknown
  /** Frees the storage of that name, and allocates another, which may well take its place. */
  renew(name: string, length: number, dtype: DType): void
}

export function createWorkspace(backend: Backend): Workspace {
  const storages = new Map<string, unknown>()
  // Cases that differ in an attribute may want other sizes under the same name.
  const keyOf = (name: string, length: number, dtype: DType) => `${name} ${length} ${dtype}`

  return {
    storage(name, length, dtype) {
      const key = keyOf(name, length, dtype)
      const storage = storages.get(key) ?? backend.alloc(length, dtype)
      storages.set(key, storage)
      return storage
    },

    renew(name, length, dtype) {
      const key = keyOf(name, length, dtype)
      if (storages.has(key)) backend.free(storages.get(key))
      storages.set(key, backend.alloc(length, dtype))
    },

    [Symbol.dispose]() {
      for (const storage of storages.values()) backend.free(storage)
      storages.clear()
    },
  }
}
