/** The source of a module that makes the least of backends: four functions, no kernels. */
export const ownBackend = `
const arrays = { float32: Float32Array, float64: Float64Array, int32: Int32Array }
export const backend = {
  name: 'mine',
  description: 'four functions',
  kernels: {},
  alloc: (length, dtype) => ({ data: new arrays[dtype](length).fill(dtype === 'int32' ? 0 : NaN) }),
  free: (storage) => { storage.data = null },
  write: (storage, data) => { storage.data.set(data) },
  read: async (storage, into) => { if (into) into.set(storage.data); return into ?? storage.data.slice() },
}
`
