import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { type Shape, shapeErrors, sizeOf } from '../shape.js'

/** n images: of x they have `left` elements, of z `right`, and of y both. */
export interface ConcatDims {
  readonly n: number
  readonly left: number
  readonly right: number
}

function dims(x: Shape, z: Shape): ConcatDims {
  const fault = shapeErrors('concat', { x, z })
  if (x.length < 2) throw fault('x', `x must have at least 2 axes but has ${x.length}`)
  if (x.length !== z.length || x.some((length, axis) => axis !== 1 && length !== z[axis]))
    throw fault('z', 'x and z must have equal axes, but for the second')
  return Object.freeze({ n: x[0], left: sizeOf(x.slice(1)), right: sizeOf(z.slice(1)) })
}

export const concat = defineLayer('concat', {
  notation: 'Along the channels: of each image those of x, `left` elements, and then those of z, `right` elements.',
  dims,
  lengths: ({ n, left, right }) => ({ x: n * left, z: n * right, y: n * (left + right) }),
  methods: {
    forward: {
      formula: 'y[n,i] = x[n,i] for i < left, and z[n,i-left] from there on',
      reads: ['x', 'z'],
      writes: ['y'],
      flops: () => 0,
    },
    backward: {
      formula: 'dx[n,i] = dy[n,i]; dz[n,i] = dy[n,left+i]',
      reads: ['dy'],
      writes: ['dx', 'dz'],
      optional: ['dx', 'dz'],
      flops: () => 0,
    },
  },
})

export type ConcatKernels<S> = KernelsOf<typeof concat, S>
