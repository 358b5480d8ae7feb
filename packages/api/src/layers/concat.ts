import { type ConcatDims, concat as definition } from '../definitions/concat.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkSameShape, type Shape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface ConcatSaved {
  readonly d: ConcatDims
  readonly shapes: { readonly x: Shape; readonly z: Shape; readonly y: Shape }
}

/** Two tensors side by side along their channels. */
export const concat = {
  /** Shapes, checked; throws `ShapeError`. */
  dims,

  /** x (N, A, ...) and z (N, B, ...) -> y (N, A + B, ...). */
  forward(
    scope: Scope,
    { x, z }: { readonly x: FloatTensor; readonly z: FloatTensor },
  ): { y: FloatTensor; saved: ConcatSaved } {
    const d = dims(x.shape, z.shape)
    const dtype = checkTensors('concat', scope, { x, z })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
    const y = scope.alloc(x.shape.with(1, x.shape[1] + z.shape[1]), dtype)
    kernels.forward(d, x.storage, z.storage, y.storage)
    return { y, saved: { d, shapes: { x: x.shape, z: z.shape, y: y.shape } } }
  },

  /** dy like y -> dx like x, dz like z. */
  backward<const W extends Wanted<'dx' | 'dz'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d, shapes: { x, z, y } }: ConcatSaved,
    want?: W,
  ): Gradients<'dx' | 'dz', W> {
    checkSameShape('concat', 'dy', dy.shape, y)
    const dtype = checkTensors('concat', scope, { dy })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
    const grads = gradients('concat', scope, dtype, { dx: x, dz: z }, want)
    if (grads.dx || grads.dz) kernels.backward(d, dy.storage, storageOf(grads.dx), storageOf(grads.dz))
    return grads
  },
}
