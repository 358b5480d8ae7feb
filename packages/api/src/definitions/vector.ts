import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { type Shape, sizeOf } from '../shape.js'

/** Every operand has `size` elements, but for the sum of sumOfSquares, which is one. */
export interface VectorDims {
  readonly size: number
}

function dims(x: Shape): VectorDims {
  return { size: sizeOf(x) }
}

export const vector = defineLayer('vector', {
  notation: 'What regularisation, clipping, accumulation, residuals, dropout and averaging need.',
  dims,
  lengths: ({ size }, method) => ({ x: size, m: size, y: method === 'sumOfSquares' ? 1 : size }),
  methods: {
    fill: { formula: 'y[i] = value', scalars: ['value'], reads: [], writes: ['y'], flops: () => 0 },
    copy: { formula: 'y[i] = x[i]', reads: ['x'], writes: ['y'], flops: () => 0 },
    scale: { formula: 'y[i] = a * y[i]', scalars: ['a'], reads: [], updates: ['y'], flops: ({ size }) => size },
    addScaled: {
      formula: 'y[i] = y[i] + a * x[i]',
      scalars: ['a'],
      reads: ['x'],
      updates: ['y'],
      flops: ({ size }) => 2 * size,
    },
    multiply: { formula: 'y[i] = x[i] * m[i]', reads: ['x', 'm'], writes: ['y'], flops: ({ size }) => size },
    sumOfSquares: {
      formula: 'y[0] = sum_i x[i]^2; y has one element',
      reads: ['x'],
      writes: ['y'],
      flops: ({ size }) => 2 * size,
    },
  },
})

export type VectorKernels<S> = KernelsOf<typeof vector, S>
