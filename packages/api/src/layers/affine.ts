import type { Work } from '../cost.js'
import { checkSameShape, checkTensors, kernelTable } from '../dispatch.js'
import { ShapeError } from '../errors.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import type { Queued } from '../queued.js'
import type { Scope } from '../scope.js'
import type { Refusable, Signatures } from '../signature.js'
import { type FloatTensor, formatShape, type Shape, sizeOf } from '../tensor.js'

/** x (N, D) after flattening, w (D, M), b (M), y (N, M), with N = n, D = inSize, M = outSize. */
export interface AffineDims {
  readonly n: number
  readonly inSize: number
  readonly outSize: number
}

export interface AffineKernels<S> extends Refusable<AffineDims> {
  /** y[n,m] = b[m] + sum_d x[n,d] * w[d,m] */
  forward(d: AffineDims, x: S, w: S, b: S | null, y: S): Queued
  /** dx[n,d] = sum_m dy[n,m] * w[d,m]; dw[d,m] = sum_n x[n,d] * dy[n,m]; db[m] = sum_n dy[n,m] */
  backward(d: AffineDims, dy: S, x: S, w: S, dx: S | null, dw: S | null, db: S | null): Queued
}

export const affineSignatures: Signatures<AffineKernels<unknown>> = {
  forward: { reads: ['x', 'w', 'b'], writes: ['y'], optional: ['b'] },
  backward: { reads: ['dy', 'x', 'w'], writes: ['dx', 'dw', 'db'], optional: ['dx', 'dw', 'db'] },
}

export const affineWork: Work<AffineDims, keyof typeof affineSignatures> = {
  lengths: ({ n, inSize, outSize }) => ({ x: n * inSize, w: inSize * outSize, b: outSize, y: n * outSize }),
  flops: {
    forward: ({ n, inSize, outSize }) => (2 * inSize + 1) * n * outSize,
    backward({ n, inSize, outSize }, wanted) {
      const product = 2 * n * inSize * outSize
      return (wanted('dx') ? product : 0) + (wanted('dw') ? product : 0) + (wanted('db') ? n * outSize : 0)
    },
  },
}

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

function dims(x: Shape, w: Shape, b?: Shape): AffineDims {
  const seen = `(x ${formatShape(x)}, w ${formatShape(w)})`
  const [n, ...rest] = x
  const [inSize, outSize] = w
  if (n === undefined) throw new ShapeError(`affine: x must have at least 1 axis ${seen}`)
  if (w.length !== 2 || inSize === undefined || outSize === undefined)
    throw new ShapeError(`affine: w must have 2 axes (D, M) but has ${w.length} ${seen}`)
  if (sizeOf(rest) !== inSize)
    throw new ShapeError(`affine: x has ${sizeOf(rest)} features but w expects ${inSize} ${seen}`)
  if (b && (b.length !== 1 || b[0] !== outSize))
    throw new ShapeError(`affine: b must have shape [${outSize}], got ${formatShape(b)} ${seen}`)
  return Object.freeze({ n, inSize, outSize })
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
    const kernels = kernelTable(scope.backend, 'affine', dtype, d, 'forward')
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
    const kernels = kernelTable(scope.backend, 'affine', dtype, d, 'backward', want)
    const grads = gradients('affine', scope, dtype, { dx: x.shape, dw: w.shape, db: [d.outSize] }, want)
    kernels.backward(d, dy.storage, x.storage, w.storage, storageOf(grads.dx), storageOf(grads.dw), storageOf(grads.db))
    return grads
  },
}
