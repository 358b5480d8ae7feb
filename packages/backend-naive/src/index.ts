export { createNaive } from './backend.js'
