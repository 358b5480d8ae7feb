import { type ElementLoss, type ElementLossDefinition, elementLossOf } from '@convkit/api'
import { scaleOf, type ValueLoss } from './loss.js'

/** A loss of one's own, by `defineElementLoss`: the mean over all elements. Throws `ConfigError` for an unknown hyperparameter. */
export function elementLoss<Scalar extends string>(
  definition: ElementLossDefinition<string, Scalar>,
  hyperparameters: { readonly [S in Scalar]?: number } = {},
): ValueLoss {
  return ofElements(elementLossOf(definition, hyperparameters))
}

/** The same of a loss on tensors. */
export function ofElements({ name, hyperparameters, forward, backward }: ElementLoss): ValueLoss {
  return {
    name,
    targets: 'values',
    hyperparameters,
    forward(scope, x, t, scale) {
      const { loss, saved } = forward(scope, { x, t }, { scale: scaleOf(scale, t.size) })
      return { loss, backward: () => backward(scope, saved).dx }
    },
  }
}
