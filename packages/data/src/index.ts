export type * from './dataset.js'
export * from './random.js'
