import { type AffineDims, affine as definition } from '../definitions/affine.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface AffineInputs {
  readonly x: FloatTensor
  readonly w: FloatTensor
  readonly b?: FloatTensor | null
}

export interface AffineSaved {
  readonly d: AffineDims
  readonly x: FloatTensor
  readonly w: FloatTensor
}

/**
 * Fully connected layer (the notebook's `affine_forward` and `affine_backward`): y = x w + b, with every axis of x but
 * the first flattened into D.
 */
export const affine = {
  /** Shapes (N, ...), (D, M) and optionally (M), checked; throws `ShapeError`. */
  dims,

  /** x (N, ...), w (D, M), b (M) -> y (N, M). Throws `ShapeError`, `DTypeError`, `UnsupportedError`. */
  forward(scope: Scope, { x, w, b }: AffineInputs): { y: FloatTensor; saved: AffineSaved } {
    const d = dims(x.shape, w.shape, b?.shape)
    const dtype = checkTensors('affine', scope, { x, w, b })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
    const y = scope.alloc([d.n, d.outSize], dtype)
    kernels.forward(d, x.storage, w.storage, storageOf(b), y.storage)
    return { y, saved: { d, x, w } }
  },

  /** dy (N, M) -> dx like x, dw (D, M), db (M). `db` is defined whether or not a bias was given. */
  backward<const W extends Wanted<'dx' | 'dw' | 'db'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d, x, w }: AffineSaved,
    want?: W,
  ): Gradients<'dx' | 'dw' | 'db', W> {
    checkSameShape('affine', 'dy', dy.shape, [d.n, d.outSize])
    const dtype = checkTensors('affine', scope, { dy, x, w })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
    const grads = gradients('affine', scope, dtype, { dx: x.shape, dw: w.shape, db: [d.outSize] }, want)
    kernels.backward(d, dy.storage, x.storage, w.storage, storageOf(grads.dx), storageOf(grads.dw), storageOf(grads.db))
    return grads
  },
}
