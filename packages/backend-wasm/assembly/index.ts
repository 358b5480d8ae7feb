export * from './relu'
