import { type FloatTensor, type Scope, vector } from '@convkit/api'
import type { Stage } from './stage.js'

/** grads = grads * clipNorm / norm where norm, over all of them, is larger; the step ends where it is not finite. */
export function clip(grads: readonly FloatTensor[], clipNorm: number, parent: Scope): Stage {
  return async ({ watch }) => {
    using scope = parent.child()
    const [squares, ...others] = grads.map((grad) => vector.sumOfSquares(scope, grad))
    if (!squares) return true
    for (const other of others) vector.addScaled(squares, 1, other)
    await watch?.('the squared norm of the gradients', squares)
    const [sum = Number.NaN] = await squares.read()
    const norm = Math.sqrt(sum)
    if (norm > clipNorm) for (const grad of grads) vector.scale(grad, clipNorm / norm)
    return Number.isFinite(norm)
  }
}
