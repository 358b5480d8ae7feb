import { type Backend, type FloatTensor, keysOf, mapValues, Scope } from '@convkit/api'
import { numericGradient, relError } from '@convkit/nn'
import { formatLimit } from '../charts/format.js'
import { type Figure, passes } from './figure.js'
import { type Operand, put } from './operand.js'

/** A layer as a function of named tensors; `backward` gives the gradients of sum(dy * y) under the same names. */
export type Differentiable<K extends string> = (
  scope: Scope,
  tensors: { readonly [P in K]: FloatTensor },
) => { readonly y: FloatTensor; backward(dy: FloatTensor): { readonly [P in K]: FloatTensor } }

export interface Comparison {
  readonly analytic: ArrayLike<number>
  readonly numeric: Float64Array
  /** How far rounding alone may put the difference quotient off. */
  readonly rounding: number
}

const h = 1e-5

/**
 * The notebook's gradient check: what `backward` says beside central differences of `forward` (h = 1e-5, float64), for
 * every operand. Each y[j] carries a rounding of about u * |y[j]|, so a quotient is off by u * sum_j |y[j] * dy[j]| / h.
 */
export async function compareGradients<K extends string>(
  backend: Backend,
  operands: { readonly [P in K]: Operand },
  dy: Operand,
  layer: Differentiable<K>,
): Promise<{ readonly [P in K]: Comparison }> {
  const upload = (scope: Scope) => mapValues(operands, (operand) => put(scope, operand))
  const forward = async () => {
    using scope = new Scope(backend)
    return await layer(scope, upload(scope)).y.read()
  }

  using scope = new Scope(backend)
  const analytic = layer(scope, upload(scope)).backward(put(scope, dy))
  const y = await forward()
  const magnitude = dy.values.reduce((sum, value, j) => sum + Math.abs(value * y[j]), 0)
  const rounding = (2 ** -53 * magnitude) / h
  const comparisons: [K, Comparison][] = []
  for (const name of keysOf(operands)) {
    const numeric = await numericGradient(forward, operands[name].values, { h, dy: dy.values })
    comparisons.push([name, { analytic: await analytic[name].read(), numeric, rounding }])
  }
  return Object.fromEntries(comparisons) as { [P in K]: Comparison }
}

/**
 * The relative error of a gradient. An element so near zero that rounding alone takes it past `limit` must agree within
 * that rounding.
 */
export function gradientFigure(
  name: string,
  { analytic, numeric, rounding }: Comparison,
  limit: number,
  printed: number | null = null,
): Figure {
  const error = relError(numeric, analytic)
  const agrees = numeric.every((value, i) => {
    const gradient = analytic[i] ?? Number.NaN
    return Math.abs(value - gradient) <= Math.max(limit * (Math.abs(value) + Math.abs(gradient)), rounding)
  })
  const slack = rounding > 0 ? `, or within rounding (${rounding.toExponential(0)})` : ''
  const description = `at most ${formatLimit(limit)}${slack}`
  return passes(`${name}: relative error`, error, description, agrees && analytic.length === numeric.length, printed)
}
