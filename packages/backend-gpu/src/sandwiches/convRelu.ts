import type { ConvReluKernels } from '@convkit/api'
import type { Emitters, Operand } from '../emit.js'
import { convolve } from '../layers/conv2d.js'
import { rectify } from '../layers/relu.js'

export const convRelu: Emitters<ConvReluKernels<Operand>> = {
  /** y = relu(conv2d(x, w, b)) */
  forward(g, d, x, w, b, y) {
    y.set(rectify(g, convolve(g, d, x, w, b)))
  },
}
