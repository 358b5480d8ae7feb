import { layerNorm as definition, type LayerNormDims } from '../definitions/layerNorm.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkOptions, type OptionNames } from '../options.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

const { dims } = definition

export interface LayerNormOptions {
  /** Default 1e-5. */
  readonly eps?: number
}

export const layerNormOptions: OptionNames<LayerNormOptions> = { eps: true }

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

/** Layer normalisation over all axes but the first (Ba, Kiros and Hinton 2016). */
export const layerNorm = {
  /** x (N, ...), gamma and beta with one element a feature, checked; throws `ShapeError`. */
  dims,

  /** x (N, ...), gamma and beta of x's trailing size -> y like x. */
  forward(
    scope: Scope,
    { x, gamma, beta }: LayerNormInputs,
    options: LayerNormOptions = {},
  ): { y: FloatTensor; saved: LayerNormSaved } {
    const { eps = 1e-5 } = checkOptions('layerNorm', options, layerNormOptions)
    const d = dims(x.shape, gamma.shape, beta.shape)
    const dtype = checkTensors('layerNorm', scope, { x, gamma, beta })
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
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
    const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
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
