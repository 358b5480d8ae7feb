import { type ArrayOf, type Backend, ConvkitError, type Data, type DType, dtypeOf } from '@convkit/api'

const arrays: { readonly [D in DType]: new (length: number) => ArrayOf[D] } = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
}

/**
 * Keeps freed arrays by dtype and length, so that a training step like the one before it allocates nothing. An array
 * that is handed out again still holds its old values. Arrays freed beyond `maxIdleBytes` are left to the garbage
 * collector.
 */
export function createMemory(maxIdleBytes = 512 * 2 ** 20): Pick<Backend<Data>, 'alloc' | 'free'> {
  const idle = new Map<string, Data[]>()
  let idleBytes = 0

  function create(length: number, dtype: DType): Data {
    try {
      return new arrays[dtype](length)
    } catch {
      // What lies idle may be just what is missing.
      idle.clear()
      idleBytes = 0
      try {
        return new arrays[dtype](length)
      } catch (cause) {
        throw new ConvkitError(`naive: no memory for ${length} elements of ${dtype}`, { cause })
      }
    }
  }

  return {
    alloc(length, dtype) {
      const reused = idle.get(`${dtype} ${length}`)?.pop()
      if (!reused) return create(length, dtype)
      idleBytes -= reused.byteLength
      return reused
    },

    free(storage) {
      if (idleBytes + storage.byteLength > maxIdleBytes) return
      idleBytes += storage.byteLength
      const key = `${dtypeOf(storage)} ${storage.length}`
      const list = idle.get(key)
      if (list) list.push(storage)
      else idle.set(key, [storage])
    },
  }
}
