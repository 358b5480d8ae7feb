import { type Conv2dDims, type Conv2dOptions, conv2d as definition } from '../definitions/conv2d.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface Conv2dInputs {
  readonly x: FloatTensor
  readonly w: FloatTensor
  readonly b?: FloatTensor | null
}

export interface Conv2dSaved {
  readonly d: Conv2dDims
  readonly x: FloatTensor
  readonly w: FloatTensor
}

/** 2-D cross-correlation over NCHW images (the notebook's `conv_forward_naive` and `conv_backward_naive`). */
export const conv2d = {
  /** Shapes x, w, optionally b, and options, checked and resolved; throws `ShapeError`. */
  dims,

  /**
   * x (N, C, H, W), w (F, C / groups, kH, kW), b (F) -> y (N, F, outH, outW), where
   * outH = floor((H + top + bottom - dilation * (kH - 1) - 1) / stride) + 1.
   * Throws `ShapeError`, `DTypeError`, `UnsupportedError`.
   */
  forward(scope: Scope, { x, w, b }: Conv2dInputs, options?: Conv2dOptions): { y: FloatTensor; saved: Conv2dSaved } {
    const d = dims(x.shape, w.shape, b?.shape, options)
    const dtype = checkTensors('conv2d', scope, { x, w, b })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
    const y = scope.alloc([d.n, d.outC, d.outH, d.outW], dtype)
    kernels.forward(d, x.storage, w.storage, storageOf(b), y.storage)
    return { y, saved: { d, x, w } }
  },

  /** dy like y -> dx like x, dw like w, db (F). `db` is defined whether or not a bias was given. */
  backward<const W extends Wanted<'dx' | 'dw' | 'db'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d, x, w }: Conv2dSaved,
    want?: W,
  ): Gradients<'dx' | 'dw' | 'db', W> {
    checkSameShape('conv2d', 'dy', dy.shape, [d.n, d.outC, d.outH, d.outW])
    const dtype = checkTensors('conv2d', scope, { dy, x, w })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
    const grads = gradients('conv2d', scope, dtype, { dx: x.shape, dw: w.shape, db: [d.outC] }, want)
    kernels.backward(d, dy.storage, x.storage, w.storage, storageOf(grads.dx), storageOf(grads.dw), storageOf(grads.db))
    return grads
  },
}
