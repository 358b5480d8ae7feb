import type { Work } from '../cost.js'
import { checkSameShape, checkTensors, kernelTable } from '../dispatch.js'
import { ShapeError } from '../errors.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import type { Queued } from '../queued.js'
import type { Scope } from '../scope.js'
import type { Refusable, Signatures } from '../signature.js'
import { type FloatTensor, formatShape, type Shape, sizeOf } from '../tensor.js'
import type { Epsilon } from './batchNorm.js'

/** x (n, size) in memory: all axes but the first are one. gamma, beta (size); mean, variance (n). */
export interface LayerNormDims {
  readonly n: number
  readonly size: number
}

/** xhat[n,j] = (x[n,j] - mean[n]) / sqrt(variance[n] + eps); D = size. */
export interface LayerNormKernels<S> extends Refusable<LayerNormDims> {
  /** mean[n], variance[n] over the row (biased, two-pass); y[n,j] = gamma[j] * xhat[n,j] + beta[j] */
  forward(d: LayerNormDims, s: Epsilon, x: S, gamma: S, beta: S, y: S, mean: S, variance: S): Queued
  /**
   * g = gamma[j] * dy[n,j]; dx[n,j] = (g - sum_j(g) / D - xhat * sum_j(g * xhat) / D) / sqrt(variance[n] + eps);
   * dgamma[j] = sum_n dy * xhat; dbeta[j] = sum_n dy
   */
  backward(
    d: LayerNormDims,
    s: Epsilon,
    dy: S,
    x: S,
    gamma: S,
    mean: S,
    variance: S,
    dx: S | null,
    dgamma: S | null,
    dbeta: S | null,
  ): Queued
}

export const layerNormSignatures: Signatures<LayerNormKernels<unknown>> = {
  forward: { scalars: true, reads: ['x', 'gamma', 'beta'], writes: ['y', 'mean', 'variance'] },
  backward: {
    scalars: true,
    reads: ['dy', 'x', 'gamma', 'mean', 'variance'],
    writes: ['dx', 'dgamma', 'dbeta'],
    optional: ['dx', 'dgamma', 'dbeta'],
  },
}

export const layerNormWork: Work<LayerNormDims, keyof typeof layerNormSignatures> = {
  lengths: ({ n, size }) => ({ x: n * size, y: n * size, gamma: size, beta: size, mean: n, variance: n }),
  flops: { forward: ({ n, size }) => 8 * n * size, backward: ({ n, size }) => 14 * n * size },
}

export interface LayerNormInputs {
  readonly x: FloatTensor
  readonly gamma: FloatTensor
  readonly beta: FloatTensor
}

export interface LayerNormSaved {
  readonly d: LayerNormDims
  readonly eps: number
  readonly x: FloatTensor
  readonly gamma: FloatTensor
  readonly mean: FloatTensor
  readonly variance: FloatTensor
}

function dims(x: Shape, gamma: Shape, beta: Shape): LayerNormDims {
  const seen = `(x ${formatShape(x)}, gamma ${formatShape(gamma)}, beta ${formatShape(beta)})`
  const [n, ...rest] = x
  if (n === undefined || rest.length === 0) throw new ShapeError(`layerNorm: x must have at least 2 axes ${seen}`)
  for (const [name, shape] of [
    ['gamma', gamma],
    ['beta', beta],
  ] as const)
    if (sizeOf(shape) !== sizeOf(rest))
      throw new ShapeError(`layerNorm: ${name} must have ${sizeOf(rest)} elements, one a feature ${seen}`)
  return Object.freeze({ n, size: sizeOf(rest) })
}

/** Layer normalisation over all axes but the first (Ba, Kiros and Hinton 2016). */
export const layerNorm = {
  /** x (N, ...), gamma and beta with one element a feature, checked; throws `ShapeError`. */
  dims,

  /** x (N, ...), gamma and beta of x's trailing size -> y like x. */
  forward(
    scope: Scope,
    { x, gamma, beta }: LayerNormInputs,
    { eps = 1e-5 }: { readonly eps?: number } = {},
  ): { y: FloatTensor; saved: LayerNormSaved } {
    const d = dims(x.shape, gamma.shape, beta.shape)
    const dtype = checkTensors('layerNorm', scope, { x, gamma, beta })
    const kernels = kernelTable(scope.backend, 'layerNorm', dtype, d, 'forward')
    const y = scope.alloc(x.shape, dtype)
    const mean = scope.alloc([d.n], dtype)
    const variance = scope.alloc([d.n], dtype)
    kernels.forward(d, { eps }, x.storage, gamma.storage, beta.storage, y.storage, mean.storage, variance.storage)
    return { y, saved: { d, eps, x, gamma, mean, variance } }
  },

  /** dy like y -> dx like x, dgamma and dbeta like gamma. */
  backward<const W extends Wanted<'dx' | 'dgamma' | 'dbeta'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d, eps, x, gamma, mean, variance }: LayerNormSaved,
    want?: W,
  ): Gradients<'dx' | 'dgamma' | 'dbeta', W> {
    checkSameShape('layerNorm', 'dy', dy.shape, x.shape)
    const dtype = checkTensors('layerNorm', scope, { dy, x, gamma, mean, variance })
    const kernels = kernelTable(scope.backend, 'layerNorm', dtype, d, 'backward', want)
    const shapes = { dx: x.shape, dgamma: gamma.shape, dbeta: gamma.shape }
    const grads = gradients('layerNorm', scope, dtype, shapes, want)
    kernels.backward(
      d,
      { eps },
      dy.storage,
      x.storage,
      gamma.storage,
      mean.storage,
      variance.storage,
      storageOf(grads.dx),
      storageOf(grads.dgamma),
      storageOf(grads.dbeta),
    )
    return grads
  },
}
