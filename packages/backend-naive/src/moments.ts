import type { Data } from '@convkit/api'

/** The mean of x[from], ..., x[to - 1]. */
export function meanOf(x: Data, from: number, to: number): number {
  let sum = 0
  for (let i = from; i < to; i++) sum += x[i]
  return sum / (to - from)
}

/** The mean of (x - mean)^2 over the same range: a second pass, which a large mean does not destroy. */
export function varianceOf(x: Data, from: number, to: number, mean: number): number {
  let sum = 0
  for (let i = from; i < to; i++) {
    const centred = x[i] - mean
    sum += centred * centred
  }
  return sum / (to - from)
}
