import type { Backend } from '@convkit/api'
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
  /** Throws where it cannot run. */
  create(): Promise<Backend>
}

/** Every backend that the page can make, in the order that it shows them. Code is loaded when it is asked for. */
export const backends: readonly BackendEntry[] = [
  {
    id: 'wasm',
    title: 'wasm',
    says: 'WebAssembly with SIMD and threads',
    command: 'wasm',
    unavailable: async () => ('WebAssembly' in globalThis ? null : 'this browser has no WebAssembly'),
    async create() {
      const { createWasm } = await import('@convkit/backend-wasm')
      return createWasm()
    },
  },
  {
    id: 'webgpu',
    title: 'gpu, WebGPU',
    says: 'whole steps as ONNX graphs in onnxruntime, 28 MB at the first use',
    command: 'gpu --provider webgpu',
    unavailable: async () => reasonOf(await findWebgpu()),
    create: () => createGpu('webgpu'),
  },
  {
    id: 'webgl',
    title: 'gpu, WebGL',
    says: 'the same for browsers without WebGPU',
    command: 'gpu --provider webgl',
    unavailable: async () => reasonOf(findWebgl()),
    create: () => createGpu('webgl'),
  },
  {
    id: 'naive',
    title: 'naive',
    says: 'plain TypeScript loops, the definition',
    command: 'naive',
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

async function createGpu(provider: 'webgpu' | 'webgl'): Promise<Backend> {
  const gpu = await import('@convkit/backend-gpu')
  return gpu.createGpu({ provider })
}
