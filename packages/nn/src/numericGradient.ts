import { ConfigError, checkOptions, ShapeError } from '@convkit/api'

export interface NumericGradientOptions {
  /** The step; default 1e-5. */
  readonly h?: number
  /** The upstream gradient, one for each element of f(x). Without it, f must give a single number. */
  readonly dy?: ArrayLike<number>
}

type Value = number | ArrayLike<number>

/**
 * The gradient of f at x by central differences (the notebook's `eval_numerical_gradient` and
 * `eval_numerical_gradient_array`), one element at a time:
 *
 *     grad[i] = sum_j (f(x + h e_i)[j] - f(x - h e_i)[j]) * dy[j] / (2 h)
 *
 * Where f is smooth the formula is off by h^2 / 6 * f''' and, by rounding, about u * |f| / h, with u the unit roundoff
 * of f's arithmetic: h near u^(1/3) balances the two, so f should compute in float64. Nearer than h to a kink it means
 * nothing.
 *
 * `x` is changed in place while f runs and restored before the call ends, also when f throws. Throws `ShapeError` where
 * f(x) does not match dy, `ConfigError` for an h that is not positive.
 */
export async function numericGradient(
  f: (x: Float64Array) => Value | Promise<Value>,
  x: Float64Array,
  options: NumericGradientOptions = {},
): Promise<Float64Array> {
  const { h = 1e-5, dy = [1] } = checkOptions('numericGradient', options, { h: true, dy: true })
  if (!(h > 0 && Number.isFinite(h))) throw new ConfigError(`numericGradient: h must be a positive number, got ${h}`)
  const grad = new Float64Array(x.length)
  for (const [i, old] of x.entries()) {
    try {
      x[i] = old + h
      // Copied, since f may hand out the same array at every call.
      const plus = Float64Array.from(list(await f(x)))
      x[i] = old - h
      const minus = list(await f(x))
      grad[i] = difference(plus, minus, dy) / (2 * h)
    } finally {
      x[i] = old
    }
  }
  return grad
}

function list(value: Value): ArrayLike<number> {
  return typeof value === 'number' ? [value] : value
}

function difference(plus: ArrayLike<number>, minus: ArrayLike<number>, dy: ArrayLike<number>): number {
  if (plus.length !== dy.length || minus.length !== dy.length)
    throw new ShapeError(`numericGradient: f(x) has ${plus.length} elements but dy has ${dy.length}`)
  let sum = 0
  for (let j = 0; j < dy.length; j++) sum += (plus[j] - minus[j]) * dy[j]
  return sum
}
