import type { Conv2dOptions } from '../definitions/conv2d.js'
import type { MaxPool2dOptions } from '../definitions/maxPool2d.js'
import type { Gradients, Wanted } from '../gradients.js'
import type { BatchNormOptions } from '../layers/batchNorm.js'
import { type MaxPool2dSaved, maxPool2d } from '../layers/maxPool2d.js'
import type { FloatTensor, Scope } from '../tensor.js'
import { type ConvBnReluGradient, type ConvBnReluInputs, type ConvBnReluSaved, convBnRelu } from './convBnRelu.js'

export interface ConvBnReluPoolSaved {
  readonly convBnRelu: ConvBnReluSaved
  readonly pool: MaxPool2dSaved
}

/** conv2d - spatial batchNorm - relu - maxPool2d. */
export const convBnReluPool = {
  /** Shapes as `convBnRelu.forward`, then as `maxPool2d.forward`. */
  forward(
    scope: Scope,
    inputs: ConvBnReluInputs,
    conv: Conv2dOptions,
    bn: BatchNormOptions,
    pool: MaxPool2dOptions,
  ): { y: FloatTensor; saved: ConvBnReluPoolSaved } {
    const inner = convBnRelu.forward(scope, inputs, conv, bn)
    const outer = maxPool2d.forward(scope, { x: inner.y }, pool)
    return { y: outer.y, saved: { convBnRelu: inner.saved, pool: outer.saved } }
  },

  /** dy like y -> dx like x, dw like w, db (F), dgamma (F), dbeta (F). */
  backward<const W extends Wanted<ConvBnReluGradient> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    saved: ConvBnReluPoolSaved,
    want?: W,
  ): Gradients<ConvBnReluGradient, W> {
    return convBnRelu.backward(scope, maxPool2d.backward(scope, dy, saved.pool).dx, saved.convBnRelu, want)
  },
}
