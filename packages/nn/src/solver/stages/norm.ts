import { type FloatTensor, type Scope, vector } from '@convkit/api'
import type { Stage } from './stage.js'

/** squares = the squared Euclidean norm of all gradients, where it is wanted. */
export function norm(grads: readonly FloatTensor[], parent: Scope): Stage {
  return async ({ squares }) => {
    using scope = parent.child()
    const [first, ...others] = grads.map((grad) => vector.sumOfSquares(scope, grad))
    if (!squares || !first) return true
    for (const other of others) vector.addScaled(first, 1, other)
    vector.copy(first, squares)
    return true
  }
}
