/** Where things stand in linear memory. The first kilobyte stays empty: an address of 0 is none. */
export const paramsAddress = 1024
export const paramsBytes = 1024
/** In a cache line of its own, away from what kernels read. */
export const controlAddress = 2048
/** Blocks are handed out from here on. */
export const heapAddress = 4096
