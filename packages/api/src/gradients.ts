import { checkTensors } from './dispatch.js'
import type { FloatDType } from './dtype.js'
import { DTypeError } from './errors.js'
import { checkSameShape, type Shape } from './shape.js'
import type { FloatTensor, Scope } from './tensor.js'

/**
 * Which gradients a backward pass should compute, and where to. For each name: `true` (the default) allocates in the
 * scope, `false` skips the work, and a tensor is overwritten with the gradient.
 */
export type Wanted<K extends string> = { readonly [P in K]?: boolean | FloatTensor }

type Gradient<W> = W extends false ? null : FloatTensor

/** The gradients asked for by `W`; what was not wanted is null. */
export type Gradients<K extends string, W> = { readonly [P in K]: P extends keyof W ? Gradient<W[P]> : FloatTensor }

export function gradients<K extends string, W extends Wanted<K>>(
  layer: string,
  scope: Scope,
  dtype: FloatDType,
  shapes: { readonly [P in K]: Shape },
  want: W | undefined,
): Gradients<K, W> {
  const result: { [name: string]: FloatTensor | null } = {}
  for (const name in shapes) {
    const target: boolean | FloatTensor | undefined = want?.[name]
    if (target === false) result[name] = null
    else if (target === undefined || target === true) result[name] = scope.alloc(shapes[name], dtype)
    else {
      if (checkTensors(layer, scope, { [name]: target }) !== dtype)
        throw new DTypeError(`${layer}: ${name} is ${target.dtype} but the gradient is ${dtype}`)
      checkSameShape(layer, name, target.shape, shapes[name])
      result[name] = target
    }
  }
  // The loop above does for each name what `Gradients` says of it.
  return result as Gradients<K, W>
}

/** The storage of a gradient, or null where it is not wanted. */
export function storageOf(tensor: FloatTensor | null | undefined): unknown {
  return tensor ? tensor.storage : null
}
