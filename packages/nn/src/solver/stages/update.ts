import type { FloatTensor } from '@convkit/api'
import type { Model } from '../../model.js'
import type { Optimizer } from '../../optimizer.js'
import { modelTensors } from '../tensors.js'
import type { Stage } from './stage.js'

/** Moves the parameters, and tells by what learning rate. */
export function update(
  grads: readonly FloatTensor[],
  model: Model,
  optimizer: Optimizer,
  onRate: (learningRate: number) => void,
): Stage {
  return async ({ watch, progress }) => {
    onRate(optimizer.step(grads, progress).learningRate)
    if (watch) for (const [name, tensor] of modelTensors(model)) await watch(`${name} after the update`, tensor)
    return true
  }
}
