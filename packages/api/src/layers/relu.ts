import type { Backend } from '../backend.js'
import { conventionsOf } from '../conventions.js'
import type { Work } from '../cost.js'
import { checkSameShape, checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import type { Queued } from '../queued.js'
import type { Scope } from '../scope.js'
import type { Refusable, Signatures } from '../signature.js'
import { type FloatTensor, type Shape, sizeOf } from '../tensor.js'

/** x and y have `size` elements. */
export interface ReluDims {
  readonly size: number
}

export interface ReluKernels<S> extends Refusable<ReluDims> {
  /** y[i] = 0 where x[i] <= 0, else x[i]; a NaN stays NaN. */
  forward(d: ReluDims, x: S, y: S): Queued
  /**
   * dx[i] = dy[i] where y[i] > 0, 0 where y[i] = 0, and NaN where y[i] is NaN. A backend that declares another slope at 0
   * is given x in the place of y: dx[i] = dy[i] where x[i] > 0, slope * dy[i] where x[i] = 0, 0 below, and NaN for NaN.
   */
  backward(d: ReluDims, dy: S, y: S, dx: S): Queued
}

export const reluSignatures: Signatures<ReluKernels<unknown>> = {
  forward: { reads: ['x'], writes: ['y'] },
  backward: { reads: ['dy', 'y'], writes: ['dx'] },
}

export const reluWork: Work<ReluDims, keyof typeof reluSignatures> = {
  lengths: ({ size }) => ({ x: size, y: size }),
  flops: { forward: ({ size }) => size, backward: ({ size }) => size },
}

export interface ReluSaved {
  readonly d: ReluDims
  /** y, which a fused kernel has too; x for a backend whose slope at 0 is not 0. */
  readonly y: FloatTensor
}

/** Whether backward needs x: y does not tell 0 from what is below. */
export function keepsInput(backend: Backend): boolean {
  return conventionsOf(backend).relu.slopeAtZero !== 0
}

function dims(x: Shape): ReluDims {
  return Object.freeze({ size: sizeOf(x) })
}

/** Rectified linear unit on any shape; its gradient at 0 is 0, unless the backend declares another. */
export const relu = {
  dims,

  /** x of any shape -> y like x. */
  forward(scope: Scope, { x }: { readonly x: FloatTensor }): { y: FloatTensor; saved: ReluSaved } {
    const d = dims(x.shape)
    const dtype = checkTensors('relu', scope, { x })
    const kernels = kernelTable(scope.backend, 'relu', dtype, d, 'forward')
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
    const kernels = kernelTable(scope.backend, 'relu', dtype, d, 'backward', want)
    const grads = gradients('relu', scope, dtype, { dx: y.shape }, want)
    if (grads.dx) kernels.backward(d, dy.storage, y.storage, storageOf(grads.dx))
    return grads
  },
}
