export { type IsolatedOptions, runIsolated } from './isolated.js'
export type { BackendSource } from './protocol.js'
export { suite } from './suite.js'
