import { checkTensors } from '../dispatch.js'
import { type Gradients, storageOf, type Wanted } from '../gradients.js'
import { type AffineInputs, type AffineSaved, affine } from '../layers/affine.js'
import { keepsInput, type ReluSaved, relu } from '../layers/relu.js'
import { queued } from '../queued.js'
import type { FloatTensor, Scope } from '../tensor.js'

export interface AffineReluSaved {
  readonly affine: AffineSaved
  readonly relu: ReluSaved
}

/** affine - relu (the notebook's `affine_relu_forward`); fused where the backend has a kernel for it. */
export const affineRelu = {
  /** x (N, ...), w (D, M), b (M) -> y (N, M). */
  forward(scope: Scope, inputs: AffineInputs): { y: FloatTensor; saved: AffineReluSaved } {
    const { x, w, b } = inputs
    const d = affine.dims(x.shape, w.shape, b?.shape)
    const dtype = checkTensors('affineRelu', scope, { x, w, b })
    const fused = scope.backend.kernels[dtype]?.affineRelu
    if (!fused?.forward || keepsInput(scope.backend) || fused.unsupported?.(d, 'forward', { y: true }) != null) {
      const inner = affine.forward(scope, inputs)
      const outer = relu.forward(scope, { x: inner.y })
      return { y: outer.y, saved: { affine: inner.saved, relu: outer.saved } }
    }
    const y = scope.alloc([d.n, d.outSize], dtype)
    queued('kernel affineRelu.forward', fused.forward(d, x.storage, w.storage, storageOf(b), y.storage))
    return { y, saved: { affine: { d, x, w }, relu: { d: relu.dims(y.shape), y } } }
  },

  /** dy (N, M) -> dx like x, dw (D, M), db (M). */
  backward<const W extends Wanted<'dx' | 'dw' | 'db'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    saved: AffineReluSaved,
    want?: W,
  ): Gradients<'dx' | 'dw' | 'db', W> {
    return affine.backward(scope, relu.backward(scope, dy, saved.relu).dx, saved.affine, want)
  },
}
