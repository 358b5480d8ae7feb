import type { ActivationDefinition, ActivationDims } from '../defineActivation.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkName } from '../kernels.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

export interface ActivationSaved {
  readonly d: ActivationDims
  readonly x: FloatTensor
}

/** An activation on tensors of any shape. */
export interface Activation<Name extends string = string> {
  readonly name: Name
  readonly dims: ActivationDefinition['dims']
  /** x of any shape -> y like x. Throws `DTypeError`, `UnsupportedError`. */
  forward(scope: Scope, inputs: { readonly x: FloatTensor }): { y: FloatTensor; saved: ActivationSaved }
  /** dy like y -> dx like x. Throws `ShapeError`, `DTypeError`, `UnsupportedError`. */
  backward<const W extends Wanted<'dx'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    saved: ActivationSaved,
    want?: W,
  ): Gradients<'dx', W>
}

/** What a definition says, on tensors. */
export function activationOf<Name extends string>(definition: ActivationDefinition<Name>): Activation<Name> {
  checkName(definition)
  const { name, dims } = definition
  return {
    name,
    dims,

    forward(scope, { x }) {
      const d = dims(x.shape)
      const dtype = checkTensors(name, scope, { x })
      const kernels = kernelTable(scope.backend, definition, dtype, d, 'forward')
      const y = scope.alloc(x.shape, dtype)
      kernels.forward(d, x.storage, y.storage)
      return { y, saved: { d, x } }
    },

    backward(scope, dy, { d, x }, want) {
      checkSameShape(name, 'dy', dy.shape, x.shape)
      const dtype = checkTensors(name, scope, { dy, x })
      const kernels = kernelTable(scope.backend, definition, dtype, d, 'backward', want)
      const grads = gradients(name, scope, dtype, { dx: x.shape }, want)
      if (grads.dx) kernels.backward(d, dy.storage, x.storage, storageOf(grads.dx))
      return grads
    },
  }
}
