export * from './images'
export * from './vectors'
export * from './vectorSums'
