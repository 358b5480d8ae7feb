import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { type Shape, sizeOf } from '../shape.js'

/** x and y have `size` elements. */
export interface ReluDims {
  readonly size: number
}

function dims(x: Shape): ReluDims {
  return Object.freeze({ size: sizeOf(x) })
}

export const relu = defineLayer('relu', {
  dims,
  lengths: ({ size }) => ({ x: size, y: size }),
  methods: {
    forward: {
      formula: 'y[i] = 0 where x[i] <= 0, else x[i]; a NaN stays NaN.',
      reads: ['x'],
      writes: ['y'],
      flops: ({ size }) => size,
    },
    backward: {
      formula: `dx[i] = dy[i] where y[i] > 0, 0 where y[i] = 0, and NaN where y[i] is NaN. A backend that declares another slope at 0
        is given x in the place of y: dx[i] = dy[i] where x[i] > 0, slope * dy[i] where x[i] = 0, 0 below, and NaN for NaN.`,
      reads: ['dy', 'y'],
      writes: ['dx'],
      flops: ({ size }) => size,
    },
  },
})

export type ReluKernels<S> = KernelsOf<typeof relu, S>
