import type { Backend } from '@convkit/api'

export type BackendId = 'wasm' | 'naive'

export interface BackendEntry {
  readonly id: BackendId
  readonly title: string
  /** What it is, in half a sentence. */
  readonly says: string
  /** Why it cannot run here, or null. */
  unavailable(): Promise<string | null>
  /** Throws where it cannot run. */
  create(): Promise<Backend>
}

/** Every backend that the page can make, the fastest of the sure ones first. Code is loaded when it is asked for. */
export const backends: readonly BackendEntry[] = [
  {
    id: 'wasm',
    title: 'wasm',
    says: 'WebAssembly with SIMD and threads',
    async unavailable() {
      return 'WebAssembly' in globalThis ? null : 'this browser has no WebAssembly'
    },
    async create() {
      const { createWasm } = await import('@convkit/backend-wasm')
      return createWasm()
    },
  },
  {
    id: 'naive',
    title: 'naive',
    says: 'plain TypeScript loops, the definition',
    unavailable: async () => null,
    async create() {
      const { createNaive } = await import('@convkit/backend-naive')
      return createNaive()
    },
  },
]

export function entryOf(id: BackendId): BackendEntry {
  const entry = backends.find((backend) => backend.id === id)
  if (!entry) throw new Error(`there is no backend ${id}`)
  return entry
}
