export * from './affine'
export * from './gemm'
export * from './relu'
export * from './vector'
