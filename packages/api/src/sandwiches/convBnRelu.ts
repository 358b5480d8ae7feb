import type { Conv2dOptions } from '../definitions/conv2d.js'
import type { Gradients, Wanted } from '../gradients.js'
import { type BatchNormInputs, type BatchNormOptions, type BatchNormSaved, batchNorm } from '../layers/batchNorm.js'
import { type Conv2dInputs, type Conv2dSaved, conv2d } from '../layers/conv2d.js'
import { type ReluSaved, relu } from '../layers/relu.js'
import type { FloatTensor, Scope } from '../tensor.js'

export type ConvBnReluInputs = Conv2dInputs & Omit<BatchNormInputs, 'x'>
export type ConvBnReluGradient = 'dx' | 'dw' | 'db' | 'dgamma' | 'dbeta'

export interface ConvBnReluSaved {
  readonly conv: Conv2dSaved
  readonly bn: BatchNormSaved
  readonly relu: ReluSaved
}

/** conv2d - spatial batchNorm - relu (the notebook's `conv_bn_relu_forward`). */
export const convBnRelu = {
  /** Shapes as `conv2d.forward`; gamma, beta and running statistics (F). */
  forward(
    scope: Scope,
    inputs: ConvBnReluInputs,
    conv: Conv2dOptions,
    bn: BatchNormOptions,
  ): { y: FloatTensor; saved: ConvBnReluSaved } {
    const first = conv2d.forward(scope, inputs, conv)
    const second = batchNorm.forward(scope, { ...inputs, x: first.y }, bn)
    const third = relu.forward(scope, { x: second.y })
    return { y: third.y, saved: { conv: first.saved, bn: second.saved, relu: third.saved } }
  },

  /** dy like y -> dx like x, dw like w, db (F), dgamma (F), dbeta (F). */
  backward<const W extends Wanted<ConvBnReluGradient> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    saved: ConvBnReluSaved,
    want?: W,
  ): Gradients<ConvBnReluGradient, W> {
    const { dx: dr } = relu.backward(scope, dy, saved.relu)
    const { dgamma = true, dbeta = true, ...rest }: Wanted<ConvBnReluGradient> = want ?? {}
    const normal = batchNorm.backward(scope, dr, saved.bn, { dgamma, dbeta })
    const inner = conv2d.backward(scope, normal.dx, saved.conv, rest)
    // `want` was split between the two layers, so together they give exactly what it asks for.
    return { ...inner, dgamma: normal.dgamma, dbeta: normal.dbeta } as Gradients<ConvBnReluGradient, W>
  },
}
