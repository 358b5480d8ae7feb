import { type Backend, type Kernels, UnsupportedError } from '@convkit/api'
import { affine } from './layers/affine.js'
import { avgPool2d } from './layers/avgPool2d.js'
import { batchNorm } from './layers/batchNorm.js'
import { conv2d } from './layers/conv2d.js'
import { groupNorm } from './layers/groupNorm.js'
import { layerNorm } from './layers/layerNorm.js'
import { maxPool2d } from './layers/maxPool2d.js'
import { relu } from './layers/relu.js'
import { type Trace, Traced } from './trace.js'

/** A backend that computes nothing: each call of a kernel adds what it would do to a graph. */
export function createTracer(trace: Trace): Backend<Traced> {
  const layers = { affine, avgPool2d, batchNorm, conv2d, groupNorm, layerNorm, maxPool2d, relu }
  const forward = Object.fromEntries(Object.entries(layers).map(([name, layer]) => [name, layer(trace)]))
  // Without backward passes: whoever calls one hears that it is missing.
  const kernels = forward as Partial<Kernels<Traced>>
  return {
    name: 'onnx',
    description: 'a trace of calls, to be written as an ONNX model',
    kernels: { float32: kernels, float64: kernels },
    alloc: (length) => new Traced(length),
    free() {},
    write(storage, data) {
      storage.data = data.slice()
      storage.value = null
      storage.transposed = null
    },
    async read() {
      throw new UnsupportedError('it reads a value that is known only when the model runs')
    },
  }
}
