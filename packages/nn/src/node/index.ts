export * from './checkpoints.js'
