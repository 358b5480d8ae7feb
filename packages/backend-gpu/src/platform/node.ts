import type { Platform } from './platform.js'

export const platform: Platform = {
  providers: {
    cuda: async () => (await import('../providers/cuda.js')).openCuda,
    webgpu: async () => (await import('../providers/webgpu/node.js')).openWebgpu,
    cpu: async () => (await import('../providers/cpu.js')).openCpu,
  },
  automatic: ['cuda', 'webgpu', 'cpu'],
  wasm: false,
}
