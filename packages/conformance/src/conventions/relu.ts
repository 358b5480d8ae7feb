import type { Conventions, Data, ReluKernels } from '@convkit/api'

/** dx[i] = dy[i] above 0, slope * dy[i] at 0, 0 below; a NaN stays. x stands in the place of y. */
export function backward({ slopeAtZero }: Conventions['relu']): ReluKernels<Data>['backward'] {
  return ({ size }, dy, x, dx) => {
    for (let i = 0; i < size; i++) {
      if (x[i] === 0) dx[i] = slopeAtZero * dy[i]
      else if (Number.isNaN(x[i])) dx[i] = x[i]
      else dx[i] = x[i] > 0 ? dy[i] : 0
    }
  }
}
