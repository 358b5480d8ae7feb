import { loadRuntime } from '../node.js'
import type { OpenProvider } from '../provider.js'
import { adapterInUse } from './adapter.js'
import { createWebgpu, noAdapter } from './webgpu.js'

const remedy =
  'it needs a graphics card with a driver for Vulkan (Linux; check: vulkaninfo --summary), Metal (macOS) or Direct3D 12 (Windows)\nwithout one: provider cpu'

/** Vulkan, Metal or Direct3D 12 through Dawn, which onnxruntime-node brings along. */
export const openWebgpu: OpenProvider = async () => {
  const { runtime, version } = await loadRuntime()
  return createWebgpu(runtime, {
    describe: () => `onnxruntime ${version}, WebGPU in Node, ${adapterInUse()}`,
    refusal: (cause) => noAdapter(remedy, cause),
  })
}
