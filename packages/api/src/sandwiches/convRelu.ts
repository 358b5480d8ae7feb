import type { Conv2dOptions } from '../definitions/conv2d.js'
import { checkTensors } from '../dispatch.js'
import { type Gradients, storageOf, type Wanted } from '../gradients.js'
import { type Conv2dInputs, type Conv2dSaved, conv2d } from '../layers/conv2d.js'
import { keepsInput, type ReluSaved, relu } from '../layers/relu.js'
import { queued } from '../queued.js'
import type { FloatTensor, Scope } from '../tensor.js'

export interface ConvReluSaved {
  readonly conv: Conv2dSaved
  readonly relu: ReluSaved
}

/** conv2d - relu (the notebook's `conv_relu_forward`); fused where the backend has a kernel for it. */
export const convRelu = {
  /** Shapes as `conv2d.forward`. */
  forward(scope: Scope, inputs: Conv2dInputs, options?: Conv2dOptions): { y: FloatTensor; saved: ConvReluSaved } {
    const { x, w, b } = inputs
    const d = conv2d.dims(x.shape, w.shape, b?.shape, options)
    const dtype = checkTensors('convRelu', scope, { x, w, b })
    const fused = scope.backend.kernels[dtype]?.convRelu
    if (!fused?.forward || keepsInput(scope.backend) || fused.unsupported?.(d, 'forward', { y: true }) != null) {
      const inner = conv2d.forward(scope, inputs, options)
      const outer = relu.forward(scope, { x: inner.y })
      return { y: outer.y, saved: { conv: inner.saved, relu: outer.saved } }
    }
    const y = scope.alloc([d.n, d.outC, d.outH, d.outW], dtype)
    queued('kernel convRelu.forward', fused.forward(d, x.storage, w.storage, storageOf(b), y.storage))
    return { y, saved: { conv: { d, x, w }, relu: { d: relu.dims(y.shape), y } } }
  },

  /** dy like y -> dx like x, dw like w, db (F). */
  backward<const W extends Wanted<'dx' | 'dw' | 'db'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    saved: ConvReluSaved,
    want?: W,
  ): Gradients<'dx' | 'dw' | 'db', W> {
    return conv2d.backward(scope, relu.backward(scope, dy, saved.relu).dx, saved.conv, want)
  },
}
