import { ShapeError } from '@convkit/api'

/**
 * The notebook's `rel_error`: max_i |x[i] - y[i]| / max(1e-8, |x[i]| + |y[i]|). A NaN on either side gives NaN; empty
 * arrays give 0. Throws `ShapeError` where the lengths differ.
 */
export function relError(x: ArrayLike<number>, y: ArrayLike<number>): number {
  if (x.length !== y.length) throw new ShapeError(`relError: x has ${x.length} elements but y has ${y.length}`)
  let worst = 0
  for (let i = 0; i < x.length; i++) {
    const [a, b] = [x[i], y[i]]
    worst = Math.max(worst, Math.abs(a - b) / Math.max(1e-8, Math.abs(a) + Math.abs(b)))
  }
  return worst
}
