export * from './augment.js'
export * from './batches.js'
export type * from './dataset.js'
export * from './random.js'
