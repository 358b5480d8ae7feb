import { defineLayer, type KernelsOf } from '../defineLayer.js'
import { checkOptions, type OptionNames } from '../options.js'
import type { Shape } from '../shape.js'
import { type WindowDims, type WindowOptions, windowDims, windowLengths } from '../window.js'

export interface AvgPool2dOptions extends WindowOptions {
  /** Whether padding counts into the divisor; default true. */
  readonly countIncludePad?: boolean
}

export interface AvgPool2dDims extends WindowDims {
  readonly countIncludePad: boolean
}

export const avgPool2dOptions: OptionNames<AvgPool2dOptions> = {
  kernel: true,
  stride: true,
  pad: true,
  countIncludePad: true,
}

function dims(x: Shape, options: AvgPool2dOptions): AvgPool2dDims {
  checkOptions('avgPool2d', options, avgPool2dOptions)
  return Object.freeze({
    ...windowDims('avgPool2d', x, options),
    countIncludePad: options.countIncludePad ?? true,
  })
}

const flops = (d: AvgPool2dDims) => windowLengths(d).y * (d.kH * d.kW + 1)

export const avgPool2d = defineLayer('avgPool2d', {
  dims,
  lengths: windowLengths,
  methods: {
    forward: {
      formula: `y[n,c,p,q] = (1 / k[p,q]) * sum_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], zero outside x, where k is kH * kW, or the number
        of taps inside x where \`countIncludePad\` is false.`,
      reads: ['x'],
      writes: ['y'],
      flops,
    },
    backward: {
      formula: 'dx[n,c,h,w] = sum of dy[n,c,p,q] / k[p,q] over the windows that hold (h, w).',
      reads: ['dy'],
      writes: ['dx'],
      flops,
    },
  },
})

export type AvgPool2dKernels<S> = KernelsOf<typeof avgPool2d, S>
