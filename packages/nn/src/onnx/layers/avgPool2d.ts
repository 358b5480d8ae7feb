import type { AvgPool2dKernels } from '@convkit/api'
import type { Trace, Traced } from '../trace.js'
import { windowAttributes } from './maxPool2d.js'

export function avgPool2d(trace: Trace): Pick<AvgPool2dKernels<Traced>, 'forward'> {
  return {
    forward(d, x, y) {
      const attributes = { ...windowAttributes(d), count_include_pad: d.countIncludePad ? 1 : 0 }
      const shape = [trace.batch, d.channels, d.outH, d.outW]
      y.value = trace.node('AveragePool', [trace.images(x, [d.channels, d.inH, d.inW])], attributes, shape)
    },
  }
}
