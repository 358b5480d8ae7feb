import { lineBytes } from './generated/constants.js'

/** Cache lines that so many bytes take. */
export function lines(bytes: number): number {
  return Math.ceil(bytes / lineBytes)
}

/** So many bytes, rounded up to whole cache lines, so that no two threads share one. */
export function wholeLines(bytes: number): number {
  return lines(bytes) * lineBytes
}
