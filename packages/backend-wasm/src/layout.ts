import { wholeLines } from './cacheLines.js'
import { lineBytes, paramsBytes } from './generated/constants.js'

/** Where things stand in linear memory. The first kilobyte stays empty: an address of 0 is none. */
export const paramsAddress = 1024
export const paramsRoom = wholeLines(paramsBytes)
/** In a cache line of its own, away from what kernels read. */
export const controlAddress = paramsAddress + paramsRoom
export const controlBytes = lineBytes
/** Blocks are handed out from here on: after a whole page of the processor. */
export const heapAddress = Math.ceil((controlAddress + controlBytes) / 4096) * 4096
