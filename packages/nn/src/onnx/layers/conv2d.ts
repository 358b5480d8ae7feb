import type { Conv2dKernels } from '@convkit/api'
import type { Trace, Traced } from '../trace.js'

export function conv2d(trace: Trace): Pick<Conv2dKernels<Traced>, 'forward'> {
  return {
    forward(d, x, w, b, y) {
      const inputs = [
        trace.images(x, [d.inC, d.inH, d.inW]),
        trace.parameter(w, [d.outC, d.inC / d.groups, d.kH, d.kW]),
        ...(b ? [trace.parameter(b, [d.outC])] : []),
      ]
      const attributes = {
        auto_pad: 'NOTSET',
        dilations: [d.dilationH, d.dilationW],
        group: d.groups,
        kernel_shape: [d.kH, d.kW],
        pads: [d.padTop, d.padLeft, d.padBottom, d.padRight],
        strides: [d.strideH, d.strideW],
      }
      y.value = trace.node('Conv', inputs, attributes, [trace.batch, d.outC, d.outH, d.outW])
    },
  }
}
