import { type AvgPool2dDims, type AvgPool2dOptions, avgPool2d as definition } from '../definitions/avgPool2d.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface AvgPool2dSaved {
  readonly d: AvgPool2dDims
}

/** 2-D average pooling. */
export const avgPool2d = {
  /** Shape (N, C, H, W) and options, checked and resolved; throws `ShapeError`. */
  dims,

  /** x (N, C, H, W) -> y (N, C, outH, outW), outH = floor((H + top + bottom - kH) / stride) + 1. */
  forward(
    scope: Scope,
    { x }: { readonly x: FloatTensor },
    options: AvgPool2dOptions,
  ): { y: FloatTensor; saved: AvgPool2dSaved } {
    const d = dims(x.shape, options)
    const dtype = checkTensors('avgPool2d', scope, { x })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
    const y = scope.alloc([d.n, d.channels, d.outH, d.outW], dtype)
    kernels.forward(d, x.storage, y.storage)
    return { y, saved: { d } }
  },

  /** dy like y -> dx like x. */
  backward<const W extends Wanted<'dx'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d }: AvgPool2dSaved,
    want?: W,
  ): Gradients<'dx', W> {
    checkSameShape('avgPool2d', 'dy', dy.shape, [d.n, d.channels, d.outH, d.outW])
    const dtype = checkTensors('avgPool2d', scope, { dy })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
    const grads = gradients('avgPool2d', scope, dtype, { dx: [d.n, d.channels, d.inH, d.inW] }, want)
    if (grads.dx) kernels.backward(d, dy.storage, storageOf(grads.dx))
    return grads
  },
}
