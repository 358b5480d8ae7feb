export { createNaive, type NaiveBackend } from './backend.js'
