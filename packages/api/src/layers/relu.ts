import type { Backend } from '../backend.js'
import { conventionsOf } from '../conventions.js'
import { relu as definition, type ReluDims } from '../definitions/relu.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface ReluSaved {
  readonly d: ReluDims
  /** y, which a fused kernel has too; x for a backend whose slope at 0 is not 0. */
  readonly y: FloatTensor
}

/** Whether backward needs x: y does not tell 0 from what is below. */
export function keepsInput(backend: Backend): boolean {
  return conventionsOf(backend).relu.slopeAtZero !== 0
}

/** Rectified linear unit on any shape; its gradient at 0 is 0, unless the backend declares another. */
export const relu = {
  dims,

  /** x of any shape -> y like x. */
  forward(scope: Scope, { x }: { readonly x: FloatTensor }): { y: FloatTensor; saved: ReluSaved } {
    const d = dims(x.shape)
    const dtype = checkTensors('relu', scope, { x })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
    const y = scope.alloc(x.shape, dtype)
    kernels.forward(d, x.storage, y.storage)
    return { y, saved: { d, y: keepsInput(scope.backend) ? x : y } }
  },

  /** dy like y -> dx like x. */
  backward<const W extends Wanted<'dx'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d, y }: ReluSaved,
    want?: W,
  ): Gradients<'dx', W> {
    checkSameShape('relu', 'dy', dy.shape, y.shape)
    const dtype = checkTensors('relu', scope, { dy, y })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
    const grads = gradients('relu', scope, dtype, { dx: y.shape }, want)
    if (grads.dx) kernels.backward(d, dy.storage, y.storage, storageOf(grads.dx))
    return grads
  },
}
