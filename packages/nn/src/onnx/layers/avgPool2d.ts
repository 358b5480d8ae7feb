import type { AvgPool2dKernels, WindowDims } from '@convkit/api'
import type { Value } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'
import { windowAttributes } from './maxPool2d.js'

export function avgPool2d(trace: Trace): Pick<AvgPool2dKernels<Traced>, 'forward'> {
  return {
    forward(d, x, y) {
      const images = trace.images(x, [d.channels, d.inH, d.inW])
      const apart = d.countIncludePad && d.padTop + d.padLeft + d.padBottom + d.padRight > 0
      const input = apart ? padded(trace, images, d) : images
      const pads = apart ? { pads: [0, 0, 0, 0] } : {}
      const attributes = { ...windowAttributes(d), ...pads, count_include_pad: 0 }
      y.value = trace.node('AveragePool', [input], attributes, [trace.batch, d.channels, d.outH, d.outW])
    },
  }
}

/** Zeros around the images: OpenCV 4.6 does not know `count_include_pad`. */
function padded(trace: Trace, images: Value, d: WindowDims): Value {
  const [batch, channels] = images.shape
  const pads = BigInt64Array.from([0, 0, d.padTop, d.padLeft, 0, 0, d.padBottom, d.padRight].map(BigInt))
  const shape = [batch, channels, d.inH + d.padTop + d.padBottom, d.inW + d.padLeft + d.padRight]
  return trace.node('Pad', [images, trace.graph.constant(pads, [8])], { mode: 'constant' }, shape)
}
