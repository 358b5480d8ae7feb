import type { Work } from '../cost.js'
import { checkSameShape, checkTensors, kernelTable } from '../dispatch.js'
import { ShapeError } from '../errors.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import type { Queued } from '../queued.js'
import type { Scope } from '../scope.js'
import type { Refusable, Signatures } from '../signature.js'
import { type FloatTensor, formatShape, type Shape } from '../tensor.js'

/** x (n, channels, inner) in memory: inner is H * W for images and 1 for vectors. All else has one element a channel. */
export interface BatchNormDims {
  readonly n: number
  readonly channels: number
  readonly inner: number
}

export interface Epsilon {
  readonly eps: number
}

/**
 * In parts, so that statistics can be summed over machines between them, and test mode shares the formulas.
 * Index c is the channel; n and i run over the batch and the inner axis; xhat = (x - mean) / sqrt(variance + eps).
 */
export interface BatchNormKernels<S> extends Refusable<BatchNormDims> {
  /** mean[c] = sum_{n,i} x / K, variance[c] = sum_{n,i} (x - mean[c])^2 / K, K = n * inner: biased, in two passes. */
  statistics(d: BatchNormDims, x: S, mean: S, variance: S): Queued
  /** y[n,c,i] = gamma[c] * (x[n,c,i] - mean[c]) / sqrt(variance[c] + eps) + beta[c] */
  normalize(d: BatchNormDims, s: Epsilon, x: S, gamma: S, beta: S, mean: S, variance: S, y: S): Queued
  /** running[c] = momentum * running[c] + (1 - momentum) * batch[c] */
  running(d: BatchNormDims, s: { readonly momentum: number }, batch: S, running: S): Queued
  /** dgamma[c] = sum_{n,i} dy * xhat; dbeta[c] = sum_{n,i} dy */
  reduce(d: BatchNormDims, s: Epsilon, dy: S, x: S, mean: S, variance: S, dgamma: S, dbeta: S): Queued
  /**
   * dx = gamma[c] / sqrt(variance[c] + eps) * (dy - (dbeta[c] + xhat * dgamma[c]) / count), where `count` is the number
   * of elements that mean and variance were taken over.
   */
  input(
    d: BatchNormDims,
    s: Epsilon & { readonly count: number },
    dy: S,
    x: S,
    gamma: S,
    mean: S,
    variance: S,
    dgamma: S,
    dbeta: S,
    dx: S,
  ): Queued
  /** Statistics fixed (test mode): dx = gamma[c] / sqrt(variance[c] + eps) * dy */
  inputFixed(d: BatchNormDims, s: Epsilon, dy: S, gamma: S, variance: S, dx: S): Queued
}

export const batchNormSignatures: Signatures<BatchNormKernels<unknown>> = {
  statistics: { reads: ['x'], writes: ['mean', 'variance'] },
  normalize: { scalars: true, reads: ['x', 'gamma', 'beta', 'mean', 'variance'], writes: ['y'] },
  running: { scalars: true, reads: ['batch'], updates: ['running'] },
  reduce: { scalars: true, reads: ['dy', 'x', 'mean', 'variance'], writes: ['dgamma', 'dbeta'] },
  input: { scalars: true, reads: ['dy', 'x', 'gamma', 'mean', 'variance', 'dgamma', 'dbeta'], writes: ['dx'] },
  inputFixed: { scalars: true, reads: ['dy', 'gamma', 'variance'], writes: ['dx'] },
}

const elements = ({ n, channels, inner }: BatchNormDims) => n * channels * inner

export const batchNormWork: Work<BatchNormDims, keyof typeof batchNormSignatures> = {
  lengths(d) {
    const [x, c] = [elements(d), d.channels]
    return { x, y: x, gamma: c, beta: c, mean: c, variance: c, batch: c, running: c }
  },
  flops: {
    statistics: (d) => 4 * elements(d),
    normalize: (d) => 4 * elements(d),
    running: ({ channels }) => 3 * channels,
    reduce: (d) => 5 * elements(d),
    input: (d) => 6 * elements(d),
    inputFixed: elements,
  },
}

export interface BatchNormOptions {
  /** `train` takes the batch's statistics and updates the running ones; `test` uses the running ones. */
  readonly mode: 'train' | 'test'
  /** Added to the variance; default 1e-5. */
  readonly eps?: number
  /** Weight of the old running value; default 0.9. */
  readonly momentum?: number
}

export interface BatchNormInputs {
  readonly x: FloatTensor
  readonly gamma: FloatTensor
  readonly beta: FloatTensor
  /** Updated in place in train mode. */
  readonly runningMean: FloatTensor
  /** Updated in place in train mode. */
  readonly runningVar: FloatTensor
}

export interface BatchNormSaved {
  readonly d: BatchNormDims
  readonly mode: 'train' | 'test'
  readonly eps: number
  readonly x: FloatTensor
  readonly gamma: FloatTensor
  readonly mean: FloatTensor
  readonly variance: FloatTensor
}

const forwardKernels = { train: ['statistics', 'running', 'normalize'], test: ['normalize'] } as const

function dims(x: Shape, channelShapes: { readonly [name: string]: Shape } = {}): BatchNormDims {
  const seen = `(${Object.entries({ x, ...channelShapes })
    .map(([name, shape]) => `${name} ${formatShape(shape)}`)
    .join(', ')})`
  const [n, channels, h = 1, w = 1] = x
  if ((x.length !== 2 && x.length !== 4) || n === undefined || channels === undefined)
    throw new ShapeError(`batchNorm: x must have 2 axes (N, D) or 4 (N, C, H, W) but has ${x.length} ${seen}`)
  for (const [name, shape] of Object.entries(channelShapes))
    if (shape.length !== 1 || shape[0] !== channels)
      throw new ShapeError(`batchNorm: ${name} must have shape [${channels}], got ${formatShape(shape)} ${seen}`)
  return Object.freeze({ n, channels, inner: h * w })
}

/**
 * Batch normalisation over all axes but the second (Ioffe and Szegedy 2015): for images this is the notebook's spatial
 * batch norm. Biased variance, in the batch and in the running average.
 */
export const batchNorm = {
  /** x (N, D) or (N, C, H, W) and any per-channel shapes, checked; throws `ShapeError`. */
  dims,

  /** x (N, D) or (N, C, H, W); gamma, beta and running statistics (C) -> y like x. */
  forward(
    scope: Scope,
    { x, gamma, beta, runningMean, runningVar }: BatchNormInputs,
    { mode, eps = 1e-5, momentum = 0.9 }: BatchNormOptions,
  ): { y: FloatTensor; saved: BatchNormSaved } {
    const d = dims(x.shape, {
      gamma: gamma.shape,
      beta: beta.shape,
      runningMean: runningMean.shape,
      runningVar: runningVar.shape,
    })
    const dtype = checkTensors('batchNorm', scope, { x, gamma, beta, runningMean, runningVar })
    const kernels = kernelTable(scope.backend, 'batchNorm', dtype, d, forwardKernels[mode])
    const mean = mode === 'train' ? scope.alloc([d.channels], dtype) : runningMean
    const variance = mode === 'train' ? scope.alloc([d.channels], dtype) : runningVar
    const y = scope.alloc(x.shape, dtype)
    if (mode === 'train') {
      kernels.statistics(d, x.storage, mean.storage, variance.storage)
      kernels.running(d, { momentum }, mean.storage, runningMean.storage)
      kernels.running(d, { momentum }, variance.storage, runningVar.storage)
    }
    kernels.normalize(d, { eps }, x.storage, gamma.storage, beta.storage, mean.storage, variance.storage, y.storage)
    return { y, saved: { d, mode, eps, x, gamma, mean, variance } }
  },

  /** dy like y -> dx like x, dgamma (C), dbeta (C). In train mode dx needs the other two, wanted or not. */
  backward<const W extends Wanted<'dx' | 'dgamma' | 'dbeta'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { d, mode, eps, x, gamma, mean, variance }: BatchNormSaved,
    want?: W,
  ): Gradients<'dx' | 'dgamma' | 'dbeta', W> {
    checkSameShape('batchNorm', 'dy', dy.shape, x.shape)
    const dtype = checkTensors('batchNorm', scope, { dy, x, gamma, mean, variance })
    const channels = [d.channels]
    const train = mode === 'train'
    const { dx, dgamma: forGamma, dbeta: forBeta }: Wanted<'dx' | 'dgamma' | 'dbeta'> = want ?? {}
    const sums = forGamma !== false || forBeta !== false || (dx !== false && train)
    const inputKernel = train ? 'input' : 'inputFixed'
    const called = [...(sums ? (['reduce'] as const) : []), ...(dx === false ? [] : ([inputKernel] as const))]
    const kernels = kernelTable(scope.backend, 'batchNorm', dtype, d, called)
    const grads = gradients('batchNorm', scope, dtype, { dx: x.shape, dgamma: channels, dbeta: channels }, want)
    if (sums) {
      const dgamma: FloatTensor = grads.dgamma ?? scope.alloc(channels, dtype)
      const dbeta: FloatTensor = grads.dbeta ?? scope.alloc(channels, dtype)
      kernels.reduce(d, { eps }, dy.storage, x.storage, mean.storage, variance.storage, dgamma.storage, dbeta.storage)
      if (grads.dx && train)
        kernels.input(
          d,
          { eps, count: d.n * d.inner },
          dy.storage,
          x.storage,
          gamma.storage,
          mean.storage,
          variance.storage,
          dgamma.storage,
          dbeta.storage,
          storageOf(grads.dx),
        )
    }
    if (grads.dx && !train)
      kernels.inputFixed(d, { eps }, dy.storage, gamma.storage, variance.storage, storageOf(grads.dx))
    return grads
  },
}
