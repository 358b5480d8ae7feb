import type { Platform } from './platform.js'

export const platform: Platform = {
  providers: {
    webgpu: async () => (await import('../providers/webgpu/browser.js')).openWebgpu,
    webgl: async () => (await import('../providers/webgl/webgl.js')).openWebgl,
  },
  automatic: ['webgpu', 'webgl'],
  wasm: true,
}
