import type { Backend, FloatDType } from '@convkit/api'

/** What is made once for a backend and dtype, and lives as long as the backend. */
export function perBackend<T>(make: (backend: Backend, dtype: FloatDType) => T): typeof make {
  const known = new WeakMap<Backend, Map<FloatDType, T>>()
  return (backend, dtype) => {
    const own = known.get(backend) ?? new Map<FloatDType, T>()
    const made = own.get(dtype) ?? make(backend, dtype)
    known.set(backend, own.set(dtype, made))
    return made
  }
}
