import type { Work } from '../cost.js'
import { checkSameShape, checkTensors, kernelTable } from '../dispatch.js'
import { ShapeError } from '../errors.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import type { Queued } from '../queued.js'
import type { Scope } from '../scope.js'
import type { Refusable, Signatures } from '../signature.js'
import { type FloatTensor, formatShape, type Shape, sizeOf } from '../tensor.js'
import type { Epsilon } from './batchNorm.js'

/**
 * x (n, channels, inner) in memory; group g holds channels g * channels / groups and up. gamma, beta (channels); mean,
 * variance (n, groups).
 */
export interface GroupNormDims {
  readonly n: number
  readonly channels: number
  readonly inner: number
  readonly groups: number
}

/** xhat[n,c,i] = (x[n,c,i] - mean[n,g]) / sqrt(variance[n,g] + eps), g the group of c; K = inner * channels / groups. */
export interface GroupNormKernels<S> extends Refusable<GroupNormDims> {
  /** mean[n,g], variance[n,g] over the group (biased, two-pass); y[n,c,i] = gamma[c] * xhat[n,c,i] + beta[c] */
  forward(d: GroupNormDims, s: Epsilon, x: S, gamma: S, beta: S, y: S, mean: S, variance: S): Queued
  /**
   * t = gamma[c] * dy[n,c,i]; dx = (t - sum(t) / K - xhat * sum(t * xhat) / K) / sqrt(variance[n,g] + eps), sums over
   * the group; dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy
   */
  backward(
    d: GroupNormDims,
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

export const groupNormSignatures: Signatures<GroupNormKernels<unknown>> = {
  forward: { scalars: true, reads: ['x', 'gamma', 'beta'], writes: ['y', 'mean', 'variance'] },
  backward: {
    scalars: true,
    reads: ['dy', 'x', 'gamma', 'mean', 'variance'],
    writes: ['dx', 'dgamma', 'dbeta'],
    optional: ['dx', 'dgamma', 'dbeta'],
  },
}

export const groupNormWork: Work<GroupNormDims, keyof typeof groupNormSignatures> = {
  lengths({ n, channels, inner, groups }) {
    const [x, statistics] = [n * channels * inner, n * groups]
    return { x, y: x, gamma: channels, beta: channels, mean: statistics, variance: statistics }
  },
  flops: {
    forward: ({ n, channels, inner }) => 8 * n * channels * inner,
    backward: ({ n, channels, inner }) => 14 * n * channels * inner,
  },
}

export interface GroupNormOptions {
  /** Must divide the channels. 1 normalises each image as a whole, C each channel alone. */
  readonly groups: number
  /** Default 1e-5. */
  readonly eps?: number
}

export interface GroupNormInputs {
  readonly x: FloatTensor
  readonly gamma: FloatTensor
  readonly beta: FloatTensor
}

export interface GroupNormSaved {
  readonly d: GroupNormDims
  readonly eps: number
  readonly x: FloatTensor
  readonly gamma: FloatTensor
  readonly mean: FloatTensor
  readonly variance: FloatTensor
}

function dims(x: Shape, gamma: Shape, beta: Shape, groups: number): GroupNormDims {
  const seen = `(x ${formatShape(x)}, gamma ${formatShape(gamma)}, beta ${formatShape(beta)})`
  const [n, channels, ...rest] = x
  if (n === undefined || channels === undefined)
    throw new ShapeError(`groupNorm: x must have at least 2 axes (N, C, ...) ${seen}`)
  for (const [name, shape] of [
    ['gamma', gamma],
    ['beta', beta],
  ] as const)
    if (shape.length !== 1 || shape[0] !== channels)
      throw new ShapeError(`groupNorm: ${name} must have shape [${channels}] ${seen}`)
  if (!Number.isSafeInteger(groups) || groups < 1 || channels % groups !== 0)
    throw new ShapeError(`groupNorm: groups ${groups} must divide the ${channels} channels ${seen}`)
  return Object.freeze({ n, channels, inner: sizeOf(rest), groups })
}

/** Group normalisation (Wu and He 2018): statistics over each image's groups of channels, gamma and beta a channel. */
export const groupNorm = {
  /** x (N, C, ...), gamma and beta (C), groups, checked; throws `ShapeError`. */
  dims,

  /** x (N, C, ...), gamma and beta (C) -> y like x. */
  forward(
    scope: Scope,
    { x, gamma, beta }: GroupNormInputs,
    { groups, eps = 1e-5 }: GroupNormOptions,
  ): { y: FloatTensor; saved: GroupNormSaved } {
    const d = dims(x.shape, gamma.shape, beta.shape, groups)
    const dtype = checkTensors('groupNorm', scope, { x, gamma, beta })
    const kernels = kernelTable(scope.backend, 'groupNorm', dtype, d, 'forward')
    const y = scope.alloc(x.shape, dtype)
    const mean = scope.alloc([d.n, d.groups], dtype)
    const variance = scope.alloc([d.n, d.groups], dtype)
    kernels.forward(d, { eps }, x.storage, gamma.storage, beta.storage, y.storage, mean.storage, variance.storage)
    return { y, saved: { d, eps, x, gamma, mean, variance } }
  },

  /** dy like y -> dx like x, dgamma (C), dbeta (C). */
  backward<const W extends Wanted<'dx' | 'dgamma' | 'dbeta'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d, eps, x, gamma, mean, variance }: GroupNormSaved,
    want?: W,
  ): Gradients<'dx' | 'dgamma' | 'dbeta', W> {
    checkSameShape('groupNorm', 'dy', dy.shape, x.shape)
    const dtype = checkTensors('groupNorm', scope, { dy, x, gamma, mean, variance })
    const kernels = kernelTable(scope.backend, 'groupNorm', dtype, d, 'backward', want)
    const shapes = { dx: x.shape, dgamma: gamma.shape, dbeta: gamma.shape }
    const grads = gradients('groupNorm', scope, dtype, shapes, want)
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
