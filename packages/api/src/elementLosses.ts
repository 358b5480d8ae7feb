import { type ElementLoss, elementLossOf } from './elementLoss.js'
import { type ElementLossName, elementLossDefinitions } from './kernels.js'

/** The mean over all elements of (x - t)^2, as PyTorch's `mse_loss`. */
export const meanSquaredError = elementLossOf(elementLossDefinitions.meanSquaredError)

/** The mean over all elements of log(1 + exp(x)) - t x: the cross-entropy of sigmoid(x) with a probability t in [0, 1]. */
export const binaryCrossEntropyWithLogits = elementLossOf(elementLossDefinitions.binaryCrossEntropyWithLogits)

/** Every loss that is defined by a composition, by name. */
export const elementLosses = { meanSquaredError, binaryCrossEntropyWithLogits } satisfies {
  readonly [N in ElementLossName]: ElementLoss<N>
}
