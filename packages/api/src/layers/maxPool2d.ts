import { maxPool2d as definition, type MaxPool2dDims, type MaxPool2dOptions } from '../definitions/maxPool2d.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface MaxPool2dSaved {
  readonly d: MaxPool2dDims
  readonly x: FloatTensor
  readonly y: FloatTensor
}

/** 2-D max pooling (the notebook's `max_pool_forward_naive` and `max_pool_backward_naive`). */
export const maxPool2d = {
  /** Shape (N, C, H, W) and options, checked and resolved; throws `ShapeError`. */
  dims,

  /** x (N, C, H, W) -> y (N, C, outH, outW), outH = floor((H + top + bottom - kH) / stride) + 1. */
  forward(
    scope: Scope,
    { x }: { readonly x: FloatTensor },
    options: MaxPool2dOptions,
  ): { y: FloatTensor; saved: MaxPool2dSaved } {
    const d = dims(x.shape, options)
    const dtype = checkTensors('maxPool2d', scope, { x })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
    const y = scope.alloc([d.n, d.channels, d.outH, d.outW], dtype)
    kernels.forward(d, x.storage, y.storage)
    return { y, saved: { d, x, y } }
  },

  /** dy like y -> dx like x. */
  backward<const W extends Wanted<'dx'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d, x, y }: MaxPool2dSaved,
    want?: W,
  ): Gradients<'dx', W> {
    checkSameShape('maxPool2d', 'dy', dy.shape, y.shape)
    const dtype = checkTensors('maxPool2d', scope, { dy, x, y })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
    const grads = gradients('maxPool2d', scope, dtype, { dx: x.shape }, want)
    if (grads.dx) kernels.backward(d, dy.storage, x.storage, y.storage, storageOf(grads.dx))
    return grads
  },
}
