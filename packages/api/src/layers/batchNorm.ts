import { type BatchNormDims, batchNorm as definition } from '../definitions/batchNorm.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkOptions, type OptionNames } from '../options.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface BatchNormOptions {
  /** `train` takes the batch's statistics and updates the running ones; `test` uses the running ones. */
  readonly mode: 'train' | 'test'
  /** Added to the variance; default 1e-5. */
  readonly eps?: number
  /** Weight of the old running value; default 0.9. */
  readonly momentum?: number
}

const batchNormOptions: OptionNames<BatchNormOptions> = { mode: true, eps: true, momentum: true }

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
    options: BatchNormOptions,
  ): { y: FloatTensor; saved: BatchNormSaved } {
    const { mode, eps = 1e-5, momentum = 0.9 } = checkOptions('batchNorm', options, batchNormOptions)
    const d = dims(x.shape, {
      gamma: gamma.shape,
      beta: beta.shape,
      runningMean: runningMean.shape,
      runningVar: runningVar.shape,
    })
    const dtype = checkTensors('batchNorm', scope, { x, gamma, beta, runningMean, runningVar })
    const kernels = kernelTable(scope.backend, definition, dtype, d, forwardKernels[mode])
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
    const kernels = kernelTable(scope.backend, definition, dtype, d, called)
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
