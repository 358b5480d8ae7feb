/** Of the positions start, start + step, ...: the index of the first that is at least 0. */
export function firstInside(start: number, step: number): number {
  return start >= 0 ? 0 : Math.ceil(-start / step)
}

/** Of the positions start, start + step, ...: the index, at most `count`, of the first that is not below `size`. */
export function endInside(start: number, step: number, size: number, count: number): number {
  return Math.min(count, Math.ceil((size - start) / step))
}
