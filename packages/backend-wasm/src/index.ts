export { createWasm, type WasmOptions } from './backend.js'
export type { Storage } from './storage.js'
