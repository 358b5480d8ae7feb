import type { Work } from '../cost.js'
import { checkSameShape, checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import type { Queued } from '../queued.js'
import type { Scope } from '../scope.js'
import type { Refusable, Signatures } from '../signature.js'
import type { FloatTensor, Shape } from '../tensor.js'
import { type WindowDims, type WindowOptions, windowDims, windowLengths } from '../window.js'

export type MaxPool2dOptions = WindowOptions
export type MaxPool2dDims = WindowDims

export interface MaxPool2dKernels<S> extends Refusable<MaxPool2dDims> {
  /**
   * y[n,c,p,q] = max_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], with padding taken as -infinity. A NaN in the window gives NaN.
   */
  forward(d: MaxPool2dDims, x: S, y: S): Queued
  /**
   * The first maximum (or the first NaN) of each window, in row-major order, takes the whole of dy[n,c,p,q]. A backend may
   * declare another rule: `conventionTable.maxPool2d`.
   */
  backward(d: MaxPool2dDims, dy: S, x: S, y: S, dx: S): Queued
}

export const maxPool2dSignatures: Signatures<MaxPool2dKernels<unknown>> = {
  forward: { reads: ['x'], writes: ['y'] },
  backward: { reads: ['dy', 'x', 'y'], writes: ['dx'] },
}

export const maxPool2dWork: Work<MaxPool2dDims, keyof typeof maxPool2dSignatures> = {
  lengths: windowLengths,
  flops: {
    forward: (d) => windowLengths(d).y * d.kH * d.kW,
    backward: (d) => windowLengths(d).y * (d.kH * d.kW + 1),
  },
}

export interface MaxPool2dSaved {
  readonly d: MaxPool2dDims
  readonly x: FloatTensor
  readonly y: FloatTensor
}

function dims(x: Shape, options: MaxPool2dOptions): MaxPool2dDims {
  return windowDims('maxPool2d', x, options)
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
    const kernels = kernelTable(scope.backend, 'maxPool2d', dtype, d, 'forward')
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
    const kernels = kernelTable(scope.backend, 'maxPool2d', dtype, d, 'backward', want)
    const grads = gradients('maxPool2d', scope, dtype, { dx: x.shape }, want)
    if (grads.dx) kernels.backward(d, dy.storage, x.storage, y.storage, storageOf(grads.dx))
    return grads
  },
}
