import { vector } from '../definitions/vector.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { ConfigError } from '../errors.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkOptions, type OptionNames } from '../options.js'
import { checkSameShape, type Shape, sizeOf } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

export interface DropoutOptions {
  readonly mode: 'train' | 'test'
  /** The probability of dropping an element, in [0, 1). */
  readonly p: number
  /** Uniform in [0, 1). Drawn on the host, one number an element, so that every backend drops the same ones. */
  readonly random: () => number
}

/** `mask` holds 0 or 1 / (1 - p); null in test mode, where y is x. */
const dropoutOptions: OptionNames<DropoutOptions> = { mode: true, p: true, random: true }

export interface DropoutSaved {
  readonly mask: FloatTensor | null
  readonly shape: Shape
}

/**
 * Inverted dropout (Srivastava et al. 2014) on any shape: y = x * mask. It needs no kernel of its own: `vector.multiply`
 * is the whole of it.
 */
export const dropout = {
  dims(x: Shape): { readonly size: number } {
    return Object.freeze({ size: sizeOf(x) })
  },

  /** x of any shape -> y like x; in test mode y is x itself. Throws `ConfigError` for a p outside [0, 1). */
  forward(
    scope: Scope,
    { x }: { readonly x: FloatTensor },
    options: DropoutOptions,
  ): { y: FloatTensor; saved: DropoutSaved } {
    const { mode, p, random } = checkOptions('dropout', options, dropoutOptions)
    if (!(p >= 0 && p < 1)) throw new ConfigError(`dropout: p is the probability of dropping, in [0, 1), got ${p}`)
    const dtype = checkTensors('dropout', scope, { x })
    if (mode === 'test') return { y: x, saved: { mask: null, shape: x.shape } }
    const d = dropout.dims(x.shape)
    const kernels = kernelTable(scope.backend, vector, dtype, d, 'multiply')
    const values = dtype === 'float32' ? new Float32Array(d.size) : new Float64Array(d.size)
    for (let i = 0; i < d.size; i++) values[i] = random() < p ? 0 : 1 / (1 - p)
    const mask = scope.from(values, x.shape)
    const y = scope.alloc(x.shape, dtype)
    kernels.multiply(d, x.storage, mask.storage, y.storage)
    return { y, saved: { mask, shape: x.shape } }
  },

  /** dy like y -> dx = dy * mask; a copy of dy in test mode. */
  backward<const W extends Wanted<'dx'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    { mask, shape }: DropoutSaved,
    want?: W,
  ): Gradients<'dx', W> {
    checkSameShape('dropout', 'dy', dy.shape, shape)
    const dtype = checkTensors('dropout', scope, { dy, mask })
    const d = dropout.dims(shape)
    const kernels = kernelTable(scope.backend, vector, dtype, d, mask ? 'multiply' : 'copy')
    const grads = gradients('dropout', scope, dtype, { dx: shape }, want)
    if (grads.dx) {
      if (mask) kernels.multiply(d, dy.storage, mask.storage, storageOf(grads.dx))
      else kernels.copy(d, dy.storage, storageOf(grads.dx))
    }
    return grads
  },
}
