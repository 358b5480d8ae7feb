import { type FloatTensor, vector } from '@convkit/api'
import type { Stage } from './stage.js'

/** grads = grads * clipNorm / norm where norm, over all of them, is larger; the step ends where it is not finite. */
export function clip(grads: readonly FloatTensor[], clipNorm: number): Stage {
  return async ({ squares, watch }) => {
    if (!squares) return true
    await watch?.('the squared norm of the gradients', squares)
    const [sum = Number.NaN] = await squares.read()
    const norm = Math.sqrt(sum)
    if (norm > clipNorm) for (const grad of grads) vector.scale(grad, clipNorm / norm)
    return Number.isFinite(norm)
  }
}
