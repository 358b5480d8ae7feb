import type { Conv2dOptions } from '../definitions/conv2d.js'
import type { MaxPool2dOptions } from '../definitions/maxPool2d.js'
import type { Gradients, Wanted } from '../gradients.js'
import type { Conv2dInputs } from '../layers/conv2d.js'
import { type MaxPool2dSaved, maxPool2d } from '../layers/maxPool2d.js'
import type { FloatTensor, Scope } from '../tensor.js'
import { type ConvReluSaved, convRelu } from './convRelu.js'

export interface ConvReluPoolSaved {
  readonly convRelu: ConvReluSaved
  readonly pool: MaxPool2dSaved
}

/** conv2d - relu - maxPool2d (the notebook's `conv_relu_pool_forward`). */
export const convReluPool = {
  /** Shapes as `conv2d.forward`, then as `maxPool2d.forward`. */
  forward(
    scope: Scope,
    inputs: Conv2dInputs,
    conv: Conv2dOptions,
    pool: MaxPool2dOptions,
  ): { y: FloatTensor; saved: ConvReluPoolSaved } {
    const inner = convRelu.forward(scope, inputs, conv)
    const outer = maxPool2d.forward(scope, { x: inner.y }, pool)
    return { y: outer.y, saved: { convRelu: inner.saved, pool: outer.saved } }
  },

  /** dy like y -> dx like x, dw like w, db (F). */
  backward<const W extends Wanted<'dx' | 'dw' | 'db'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    saved: ConvReluPoolSaved,
    want?: W,
  ): Gradients<'dx' | 'dw' | 'db', W> {
    return convRelu.backward(scope, maxPool2d.backward(scope, dy, saved.pool).dx, saved.convRelu, want)
  },
}
