export * from './relu'
export * from './vector'
