import type { Kernels } from '@convkit/api'
import { affine } from './layers/affine.js'
import { avgPool2d } from './layers/avgPool2d.js'
import { conv2d, convRelu } from './layers/conv2d.js'
import { maxPool2d } from './layers/maxPool2d.js'
import { relu } from './layers/relu.js'
import { vector } from './layers/vector.js'
import type { Storage } from './memory.js'
import type { Runtime } from './runtime.js'
import { affineRelu } from './sandwiches/affineRelu.js'

/** One line a layer; the file that does it has the same name, here and in assembly/. */
export function kernelTables(runtime: Runtime): Partial<Kernels<Storage>> {
  return {
    vector: vector(runtime),
    affine: affine(runtime),
    maxPool2d: maxPool2d(runtime),
    avgPool2d: avgPool2d(runtime),
    conv2d: conv2d(runtime),
    convRelu: convRelu(runtime),
    relu: relu(runtime),
    affineRelu: affineRelu(runtime),
  }
}
