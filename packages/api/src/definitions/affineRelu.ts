import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { affine } from './affine.js'

const { dims, lengths, methods } = affine

export const affineRelu = defineLayer('affineRelu', {
  dims,
  lengths: (d) => lengths(d, 'forward'),
  methods: {
    forward: {
      formula: 'y = relu(affine(x, w, b))',
      reads: ['x', 'w', 'b'],
      writes: ['y'],
      optional: ['b'],
      flops: (d) => methods.forward.flops(d) + d.n * d.outSize,
    },
  },
})

export type AffineReluKernels<S> = KernelsOf<typeof affineRelu, S>
