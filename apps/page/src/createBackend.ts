import type { Backend } from '@convkit/api'
import { createNaive } from '@convkit/backend-naive'
import type { BackendId } from './backends.js'

/** Apart from their table, since only workers make backends. Code is loaded when it is asked for. */
const creators: { readonly [I in BackendId]: () => Promise<Backend> } = {
  naive: async () => createNaive(),
  wasm: async () => (await import('@convkit/backend-wasm')).createWasm(),
  webgpu: async () => (await import('@convkit/backend-gpu')).createGpu({ provider: 'webgpu' }),
  webgl: async () => (await import('@convkit/backend-gpu')).createGpu({ provider: 'webgl' }),
}

/** Throws where it cannot run. */
export function createBackend(id: BackendId): Promise<Backend> {
  return creators[id]()
}
