export * from './tiles'
export * from './windows'
