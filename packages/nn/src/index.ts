export type * from './layer.js'
export type * from './model.js'
