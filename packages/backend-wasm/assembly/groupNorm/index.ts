export * from './images'
export * from './vectors'
