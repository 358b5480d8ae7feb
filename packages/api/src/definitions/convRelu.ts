import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { conv2d } from './conv2d.js'

const { dims, lengths, methods } = conv2d

export const convRelu = defineLayer('convRelu', {
  dims,
  lengths: (d) => lengths(d, 'forward'),
  methods: {
    forward: {
      formula: 'y = relu(conv2d(x, w, b))',
      reads: ['x', 'w', 'b'],
      writes: ['y'],
      optional: ['b'],
      flops: (d) => methods.forward.flops(d) + lengths(d, 'forward').y,
    },
  },
})

export type ConvReluKernels<S> = KernelsOf<typeof convRelu, S>
