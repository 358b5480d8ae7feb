export { createGpu, type Gpu, type GpuOptions } from './backend.js'
export type { ProviderName } from './providers/provider.js'
export type { Storage } from './version.js'
