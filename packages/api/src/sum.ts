import { affine } from './layers/affine.js'
import type { FloatTensor, Scope } from './tensor.js'
import { vector } from './vector.js'

/**
 * The sum of all elements, as a tensor of shape (1) in `scope`: of each row by a product with ones, then of the rows. So no
 * partial sum has more than max(N, D) terms, and backends need no kernel for it.
 */
export function sumOf(scope: Scope, x: FloatTensor): FloatTensor {
  const [rows = 1] = x.shape
  using between = scope.child()
  const sums = rows === x.size ? x : timesOnes(between, x.reshape([rows, x.size / rows]))
  return timesOnes(scope, sums.reshape([1, rows])).reshape([1])
}

function timesOnes(scope: Scope, x: FloatTensor): FloatTensor {
  using between = scope.child()
  const w = between.alloc([x.shape[1] ?? 1, 1], x.dtype)
  vector.fill(w, 1)
  return affine.forward(scope, { x, w }).y
}
