import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { checkOptions, type OptionNames } from '../options.js'
import type { Shape } from '../shape.js'
import { type WindowDims, type WindowOptions, windowDims, windowLengths } from '../window.js'

export type MaxPool2dOptions = WindowOptions
export type MaxPool2dDims = WindowDims

export const maxPool2dOptions: OptionNames<MaxPool2dOptions> = { kernel: true, stride: true, pad: true }

function dims(x: Shape, options: MaxPool2dOptions): MaxPool2dDims {
  checkOptions('maxPool2d', options, maxPool2dOptions)
  return windowDims('maxPool2d', x, options)
}

export const maxPool2d = defineLayer('maxPool2d', {
  dims,
  lengths: windowLengths,
  methods: {
    forward: {
      formula:
        'y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], with padding taken as -infinity. A NaN in the window gives NaN.',
      reads: ['x'],
      writes: ['y'],
      flops: (d) => windowLengths(d).y * d.kH * d.kW,
    },
    backward: {
      formula: `The first maximum (or the first NaN) of each window, in row-major order, takes the whole of dy[n,c,p,q]. A backend may
        declare another rule: \`conventionTable.maxPool2d\`.`,
      reads: ['dy', 'x', 'y'],
      writes: ['dx'],
      flops: (d) => windowLengths(d).y * (d.kH * d.kW + 1),
    },
  },
})

export type MaxPool2dKernels<S> = KernelsOf<typeof maxPool2d, S>
