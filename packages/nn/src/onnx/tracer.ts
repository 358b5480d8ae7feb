import { type Backend, type ComposedName, type KernelName, type KernelTables, UnsupportedError } from '@convkit/api'
import { composed, drawing } from './composed.js'
import { affine } from './layers/affine.js'
import { avgPool2d } from './layers/avgPool2d.js'
import { batchNorm } from './layers/batchNorm.js'
import { concat } from './layers/concat.js'
import { conv2d } from './layers/conv2d.js'
import { groupNorm } from './layers/groupNorm.js'
import { layerNorm } from './layers/layerNorm.js'
import { leakyRelu } from './layers/leakyRelu.js'
import { maxPool2d } from './layers/maxPool2d.js'
import { relu } from './layers/relu.js'
import { type Trace, Traced } from './trace.js'
import { vector } from './vector.js'

type Forward<L extends KernelName> = (trace: Trace) => NonNullable<KernelTables<Traced>[L]>

/** Besides what its composition is enough for. `absent`: what a graph that predicts has no use for, or what sandwiches make of other layers. */
const layers: { readonly [L in Exclude<KernelName, ComposedName> | 'leakyRelu']: Forward<L> | 'absent' } = {
  affine,
  conv2d,
  maxPool2d,
  avgPool2d,
  relu,
  concat,
  leakyRelu,
  batchNorm,
  layerNorm,
  groupNorm,
  vector,
  softmaxCrossEntropy: 'absent',
  svmLoss: 'absent',
  sgd: 'absent',
  sgdMomentum: 'absent',
  rmsprop: 'absent',
  adam: 'absent',
  adamw: 'absent',
  affineRelu: 'absent',
  convRelu: 'absent',
}

/** A backend that computes nothing: each call of a kernel adds what it would do to a graph. */
export function createTracer(trace: Trace): Backend<Traced> {
  // Forward passes alone: calling another kernel throws `UnsupportedError`.
  const written = Object.entries(layers).flatMap(([name, layer]) => (layer === 'absent' ? [] : [[name, layer(trace)]]))
  const kernels = { ...composed(trace), ...Object.fromEntries(written) }
  return {
    name: 'onnx',
    description: 'a trace of calls, to be written as an ONNX model',
    kernels: { float32: kernels, float64: kernels },
    compose(kernel, call) {
      drawing(trace, kernel)(call)
    },
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
