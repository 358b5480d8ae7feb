import { type AvgPool2dKernels, UnsupportedError, type WindowDims } from '@convkit/api'
import type { Value } from '@convkit/onnx'
import type { Trace, Traced } from '../trace.js'
import { windowAttributes } from './maxPool2d.js'

export function avgPool2d(trace: Trace): Pick<AvgPool2dKernels<Traced>, 'forward' | 'backward'> {
  return {
    forward(d, x, y) {
      const images = trace.images(x, [d.channels, d.inH, d.inW])
      if (d.kH === d.inH && d.kW === d.inW && d.outH === 1 && d.outW === 1 && isBare(d)) {
        y.value = trace.node('GlobalAveragePool', [images], {}, [trace.batch, d.channels, 1, 1])
        return
      }
      const apart = d.countIncludePad && !isBare(d)
      const input = apart ? padded(trace, images, d) : images
      const pads = apart ? { pads: [0, 0, 0, 0] } : {}
      const attributes = { ...windowAttributes(d), ...pads, count_include_pad: 0 }
      y.value = trace.node('AveragePool', [input], attributes, [trace.batch, d.channels, d.outH, d.outW])
    },

    /** What upsampling is made of: every tap of a transposed convolution is 1 / k. */
    backward(d, dy, dx) {
      if (!isBare(d)) throw new UnsupportedError('a layer spreads images over windows with padding')
      const images = trace.images(dy, [d.channels, d.outH, d.outW])
      const taps = new Float32Array(d.channels * d.kH * d.kW).fill(1 / (d.kH * d.kW))
      const attributes = {
        ...{ auto_pad: 'NOTSET', dilations: [1, 1], group: d.channels, kernel_shape: [d.kH, d.kW], pads: [0, 0, 0, 0] },
        output_padding: [d.inH - (d.outH - 1) * d.strideH - d.kH, d.inW - (d.outW - 1) * d.strideW - d.kW],
        strides: [d.strideH, d.strideW],
      }
      const w = trace.graph.constant(taps, [d.channels, 1, d.kH, d.kW])
      dx.value = trace.node('ConvTranspose', [images, w], attributes, [trace.batch, d.channels, d.inH, d.inW])
    },
  }
}

function isBare({ padTop, padLeft, padBottom, padRight }: WindowDims): boolean {
  return padTop + padLeft + padBottom + padRight === 0
}

/** Zeros around the images: OpenCV 4.6 does not know `count_include_pad`. */
function padded(trace: Trace, images: Value, d: WindowDims): Value {
  const [batch, channels] = images.shape
  const pads = BigInt64Array.from([0, 0, d.padTop, d.padLeft, 0, 0, d.padBottom, d.padRight].map(BigInt))
  const shape = [batch, channels, d.inH + d.padTop + d.padBottom, d.inW + d.padLeft + d.padRight]
  return trace.node('Pad', [images, trace.graph.constant(pads, [8])], { mode: 'constant' }, shape)
}
