import type { Data } from '@convkit/api'

export const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))
export const sigmoidSlope = (z: number) => sigmoid(z) * sigmoid(-z)

interface Size {
  readonly size: number
}

/** y(x) of each element in the place of the forward kernel. */
export const forward = (y: (x: number) => number) => () => ({
  forward({ size }: Size, x: Data, out: Data) {
    for (let i = 0; i < size; i++) out[i] = y(x[i])
  },
})

/** dy times this slope in the place of the backward kernel. */
export const backward = (slopeAt: (x: number) => number) => () => ({
  backward({ size }: Size, dy: Data, x: Data, dx: Data) {
    for (let i = 0; i < size; i++) dx[i] = dy[i] * slopeAt(x[i])
  },
})
