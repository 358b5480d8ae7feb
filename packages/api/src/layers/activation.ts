import type { ActivationDefinition, ActivationDims } from '../defineActivation.js'
import type { LayerDefinition } from '../defineLayer.js'
import { checkTensors, kernelTable } from '../dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from '../gradients.js'
import { checkName } from '../kernels.js'
import { fillScalars, type Scalars } from '../scalars.js'
import { checkSameShape } from '../shape.js'
import type { FloatTensor, Scope } from '../tensor.js'

export interface ActivationSaved<Scalar extends string = string> {
  readonly d: ActivationDims
  readonly scalars: Scalars<Scalar>
  readonly x: FloatTensor
}

/** An activation on tensors of any shape. */
export interface Activation<Name extends string = string, Scalar extends string = string> {
  readonly name: Name
  readonly dims: ActivationDefinition['dims']
  readonly defaults: Scalars<Scalar>
  /** All of its scalars, those that are not given by default. Throws `ConfigError` for other names and for what is not finite. */
  scalars(given?: Partial<Scalars<Scalar>>): Scalars<Scalar>
  /** x of any shape -> y like x. Throws `ConfigError`, `DTypeError`, `UnsupportedError`. */
  forward(
    scope: Scope,
    inputs: { readonly x: FloatTensor },
    scalars?: Partial<Scalars<Scalar>>,
  ): { y: FloatTensor; saved: ActivationSaved<Scalar> }
  /** dy like y -> dx like x. Throws `ShapeError`, `DTypeError`, `UnsupportedError`. */
  backward<const W extends Wanted<'dx'> = Record<never, never>>(
    scope: Scope,
    dy: FloatTensor,
    saved: ActivationSaved<Scalar>,
    want?: W,
  ): Gradients<'dx', W>
}

/** What a definition says, on tensors. */
export function activationOf<Name extends string, Scalar extends string>(
  definition: ActivationDefinition<Name, Scalar>,
): Activation<Name, Scalar> {
  checkName(definition)
  const { name, dims, defaults } = definition
  /** Kernels without scalars have no argument for them. */
  const fed = (scalars: object) => (definition.methods.forward.scalars.length > 0 ? [scalars] : [])
  const activation: Activation<Name, Scalar> = {
    name,
    dims,
    defaults,

    scalars: (given = {}) => fillScalars(name, defaults, given),

    forward(scope, { x }, given) {
      const scalars = activation.scalars(given)
      const d = dims(x.shape)
      const dtype = checkTensors(name, scope, { x })
      const kernels = kernelTable<LayerDefinition>(scope.backend, definition, dtype, d, 'forward')
      const y = scope.alloc(x.shape, dtype)
      kernels.forward(d, ...fed(scalars), x.storage, y.storage)
      return { y, saved: { d, scalars, x } }
    },

    backward(scope, dy, { d, scalars, x }, want) {
      checkSameShape(name, 'dy', dy.shape, x.shape)
      const dtype = checkTensors(name, scope, { dy, x })
      const kernels = kernelTable<LayerDefinition>(scope.backend, definition, dtype, d, 'backward', want)
      const grads = gradients(name, scope, dtype, { dx: x.shape }, want)
      if (grads.dx) kernels.backward(d, ...fed(scalars), dy.storage, x.storage, storageOf(grads.dx))
      return grads
    },
  }
  return activation
}
