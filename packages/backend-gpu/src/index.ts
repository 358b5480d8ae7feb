export { createGpu, type Gpu, type GpuOptions } from './backend.js'
export { openProvider } from './providers/open.js'
export type * from './providers/provider.js'
export type { Storage } from './version.js'
