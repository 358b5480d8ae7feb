export { type IsolatedOptions, runIsolated } from './isolated.js'
export type { BackendSource } from './protocol.js'
export { type LongRunOptions, type MutantRunOptions, runMutants, runTrials } from './strength.js'
export { suite } from './suite.js'
