import type { Data } from '@convkit/api'

/** What a forward pass of layerNorm or groupNorm has at hand, element by element. */
export interface Normalised {
  readonly y: Data
  readonly beta: (i: number) => number
  readonly variance: (i: number) => number
  readonly eps: number
}

/** y as if the root had been taken of something else: `other` gives what is divided by, from the variance. */
export function divideBy({ y, beta, variance, eps }: Normalised, other: (variance: number, i: number) => number): void {
  for (let i = 0; i < y.length; i++)
    y[i] = beta(i) + ((y[i] - beta(i)) * Math.sqrt(variance(i) + eps)) / other(variance(i), i)
}
