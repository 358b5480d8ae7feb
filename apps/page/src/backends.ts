import { findWebgl, findWebgpu, reasonOf } from './device.js'

export type BackendId = 'wasm' | 'naive' | 'webgpu' | 'webgl'

export interface BackendEntry {
  readonly id: BackendId
  readonly title: string
  /** What it is, in half a sentence. */
  readonly says: string
  /** How `convkit conformance` names it. */
  readonly command: string
  /** Why it cannot run here, or null. */
  unavailable(): Promise<string | null>
}

/** Every backend that the page knows, in the order that it shows them; `createBackend.ts` makes them. */
export const backends: readonly BackendEntry[] = [
  {
    id: 'wasm',
    title: 'wasm',
    says: 'WebAssembly with SIMD and threads',
    command: 'wasm',
    unavailable: async () => ('WebAssembly' in globalThis ? null : 'this browser has no WebAssembly'),
  },
  {
    id: 'webgpu',
    title: 'gpu, WebGPU',
    says: 'whole steps as graphs in onnxruntime, which is 27 MB at the first use',
    command: 'gpu --provider webgpu',
    unavailable: async () => reasonOf(await findWebgpu()),
  },
  {
    id: 'webgl',
    title: 'gpu, WebGL',
    says: 'the same on WebGL 2, for browsers without WebGPU',
    command: 'gpu --provider webgl',
    unavailable: async () => reasonOf(findWebgl()),
  },
  {
    id: 'naive',
    title: 'naive',
    says: 'plain TypeScript loops, the definition',
    command: 'naive',
    unavailable: async () => null,
  },
]

export function entryOf(id: BackendId): BackendEntry {
  const entry = backends.find((backend) => backend.id === id)
  if (!entry) throw new Error(`there is no backend ${id}`)
  return entry
}
