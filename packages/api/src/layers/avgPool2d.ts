import type { Work } from '../cost.js'
import { checkSameShape, checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import type { Queued } from '../queued.js'
import type { Scope } from '../scope.js'
import type { Refusable, Signatures } from '../signature.js'
import type { FloatTensor, Shape } from '../tensor.js'
import { type WindowDims, type WindowOptions, windowDims, windowLengths } from '../window.js'

export interface AvgPool2dOptions extends WindowOptions {
  /** Whether padding counts into the divisor; default true. */
  readonly countIncludePad?: boolean
}

export interface AvgPool2dDims extends WindowDims {
  readonly countIncludePad: boolean
}

export interface AvgPool2dKernels<S> extends Refusable<AvgPool2dDims> {
  /**
   * y[n,c,p,q] = (1 / k[p,q]) * sum_{i,j} x[n,c,p*sh+i-pt,q*sw+j-pl], zero outside x, where k is kH * kW, or the number
   * of taps inside x where `countIncludePad` is false.
   */
  forward(d: AvgPool2dDims, x: S, y: S): Queued
  /** dx[n,c,h,w] = sum of dy[n,c,p,q] / k[p,q] over the windows that hold (h, w). */
  backward(d: AvgPool2dDims, dy: S, dx: S): Queued
}

export const avgPool2dSignatures: Signatures<AvgPool2dKernels<unknown>> = {
  forward: { reads: ['x'], writes: ['y'] },
  backward: { reads: ['dy'], writes: ['dx'] },
}

export const avgPool2dWork: Work<AvgPool2dDims, keyof typeof avgPool2dSignatures> = {
  lengths: windowLengths,
  flops: {
    forward: (d) => windowLengths(d).y * (d.kH * d.kW + 1),
    backward: (d) => windowLengths(d).y * (d.kH * d.kW + 1),
  },
}

export interface AvgPool2dSaved {
  readonly d: AvgPool2dDims
}

function dims(x: Shape, options: AvgPool2dOptions): AvgPool2dDims {
  return Object.freeze({
    ...windowDims('avgPool2d', x, options),
    countIncludePad: options.countIncludePad ?? true,
  })
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
    const kernels = kernelTable(scope.backend, 'avgPool2d', dtype, d, 'forward')
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
    const kernels = kernelTable(scope.backend, 'avgPool2d', dtype, d, 'backward', want)
    const grads = gradients('avgPool2d', scope, dtype, { dx: [d.n, d.channels, d.inH, d.inW] }, want)
    if (grads.dx) kernels.backward(d, dy.storage, storageOf(grads.dx))
    return grads
  },
}
