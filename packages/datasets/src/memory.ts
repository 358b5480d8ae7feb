import { freemem } from 'node:os'

/** Bytes that this process may still take, by the system or its container. */
export function freeMemory(): number {
  return process.availableMemory?.() ?? freemem()
}

export function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${(bytes / 1e6).toPrecision(3)} MB` : `${(bytes / 1e9).toFixed(1)} GB`
}
