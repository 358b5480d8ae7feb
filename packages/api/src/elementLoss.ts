import type { ElementLossDefinition, ElementLossDims } from './defineElementLoss.js'
import { checkTensors, kernelTable } from './dispatch.js'
import { type Gradients, gradients, storageOf, type Wanted } from './gradients.js'
import { checkName } from './kernels.js'
import { checkOptions } from './options.js'
import { fillScalars, type Scalars } from './scalars.js'
import { sumOf } from './sum.js'
import type { FloatTensor, Scope } from './tensor.js'

export interface ElementLossInputs {
  /** The prediction. */
  readonly x: FloatTensor
  /** The target, of the same shape. */
  readonly t: FloatTensor
}

export interface ElementLossOptions {
  /** What the sum over all elements is multiplied by; default 1 over their number. Shards and accumulation need their own. */
  readonly scale?: number
}

export interface ElementLossSaved {
  readonly d: ElementLossDims
  readonly scale: number
  readonly x: FloatTensor
  readonly t: FloatTensor
}

/** A loss of a prediction against a target of its shape, whatever that is: by default the mean over all elements. */
export interface ElementLoss<Name extends string = string, Scalar extends string = string> {
  readonly name: Name
  readonly hyperparameters: Scalars<Scalar>
  readonly dims: ElementLossDefinition['dims']
  /** x and t of one shape -> terms like x, loss (1) their sum. Throws `ShapeError`, `DTypeError`, `UnsupportedError`. */
  forward(
    scope: Scope,
    inputs: ElementLossInputs,
    options?: ElementLossOptions,
  ): { loss: FloatTensor; terms: FloatTensor; saved: ElementLossSaved }
  /** The gradient of the loss itself: dx like x. */
  backward<const W extends Wanted<'dx'> = Record<never, never>>(
    scope: Scope,
    saved: ElementLossSaved,
    want?: W,
  ): Gradients<'dx', W>
}

/** The loss that a definition says, on tensors. Throws `ConfigError` for a hyperparameter that is unknown or not finite. */
export function elementLossOf<Name extends string, Scalar extends string>(
  definition: ElementLossDefinition<Name, Scalar>,
  hyperparameters: Partial<Scalars<Scalar>> = {},
): ElementLoss<Name, Scalar> {
  checkName(definition)
  const { name, dims, defaults } = definition
  const layer: ElementLossDefinition = definition
  const given = fillScalars(name, defaults, hyperparameters)
  return {
    name,
    hyperparameters: Object.freeze(given),
    dims,

    forward(scope, { x, t }, options = {}) {
      const d = dims(x.shape, t.shape)
      const dtype = checkTensors(name, scope, { x, t })
      const { scale = 1 / d.size } = checkOptions(name, options, { scale: true })
      const kernels = kernelTable(scope.backend, layer, dtype, d, 'forward')
      const terms = scope.alloc(x.shape, dtype)
      kernels.forward(d, { scale, ...given }, x.storage, t.storage, terms.storage)
      return { loss: sumOf(scope, terms), terms, saved: { d, scale, x, t } }
    },

    backward(scope, { d, scale, x, t }, want) {
      const dtype = checkTensors(name, scope, { x, t })
      const kernels = kernelTable(scope.backend, layer, dtype, d, 'backward', want)
      const grads = gradients(name, scope, dtype, { dx: x.shape }, want)
      if (grads.dx) kernels.backward(d, { scale, ...given }, x.storage, t.storage, storageOf(grads.dx))
      return grads
    },
  }
}
