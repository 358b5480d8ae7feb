import type { MaxPool2dKernels, WindowDims } from '@convkit/api'
import type { Trace, Traced } from '../trace.js'

export function maxPool2d(trace: Trace): Pick<MaxPool2dKernels<Traced>, 'forward'> {
  return {
    forward(d, x, y) {
      const attributes = { ...windowAttributes(d), dilations: [1, 1], storage_order: 0 }
      const shape = [trace.batch, d.channels, d.outH, d.outW]
      y.value = trace.node('MaxPool', [trace.images(x, [d.channels, d.inH, d.inW])], attributes, shape)
    },
  }
}

export function windowAttributes(d: WindowDims) {
  return {
    auto_pad: 'NOTSET',
    ceil_mode: 0,
    kernel_shape: [d.kH, d.kW],
    pads: [d.padTop, d.padLeft, d.padBottom, d.padRight],
    strides: [d.strideH, d.strideW],
  }
}
