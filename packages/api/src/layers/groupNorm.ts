import { groupNorm as definition, type GroupNormDims } from '../definitions/groupNorm.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkOptions, type OptionNames } from '../options.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface GroupNormOptions {
  /** Must divide the channels. 1 normalises each image as a whole, C each channel alone. */
  readonly groups: number
  /** Default 1e-5. */
  readonly eps?: number
}

export const groupNormOptions: OptionNames<GroupNormOptions> = { groups: true, eps: true }

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

/** Group normalisation (Wu and He 2018): statistics over each image's groups of channels, gamma and beta a channel. */
export const groupNorm = {
  /** x (N, C, ...), gamma and beta (C), groups, checked; throws `ShapeError`. */
  dims,

  /** x (N, C, ...), gamma and beta (C) -> y like x. */
  forward(
    scope: Scope,
    { x, gamma, beta }: GroupNormInputs,
    options: GroupNormOptions,
  ): { y: FloatTensor; saved: GroupNormSaved } {
    const { groups, eps = 1e-5 } = checkOptions('groupNorm', options, groupNormOptions)
    const d = dims(x.shape, gamma.shape, beta.shape, groups)
    const dtype = checkTensors('groupNorm', scope, { x, gamma, beta })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
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
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
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
