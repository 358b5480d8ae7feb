import { gamma, type Precision } from './rounding.js'

/** An exact value, and how far a computed one may be from it. */
export interface Approx {
  readonly value: number
  readonly error: number
}

/**
 * Running error analysis (Higham, section 3.3): a formula written in these operations gives its exact value together
 * with a bound on what computing it may add. Every operation counts two roundings, so that a kernel may arrange the
 * formula otherwise: multiply by a reciprocal, fold constants, store an intermediate.
 */
export function running({ u, eta, functionUlps }: Precision) {
  const unit = gamma(2, u)

  function rounded(value: number, error: number, roundoff = unit): Approx {
    return { value, error: error + roundoff * (Math.abs(value) + error) + 2 * eta }
  }

  return {
    exact: (value: number): Approx => ({ value, error: 0 }),

    /** A scalar that the kernel may round before it uses it. */
    scalar: (value: number): Approx => rounded(value, 0),

    add: (a: Approx, b: Approx): Approx => rounded(a.value + b.value, a.error + b.error),

    sub: (a: Approx, b: Approx): Approx => rounded(a.value - b.value, a.error + b.error),

    mul: (a: Approx, b: Approx): Approx =>
      rounded(a.value * b.value, Math.abs(a.value) * b.error + Math.abs(b.value) * a.error + a.error * b.error),

    /** |a'/b' - a/b| <= (da + |a/b| db) / (|b| - db) */
    div(a: Approx, b: Approx): Approx {
      const value = a.value / b.value
      const least = Math.abs(b.value) - b.error
      return least > 0
        ? rounded(value, (a.error + Math.abs(value) * b.error) / least)
        : { value, error: Number.POSITIVE_INFINITY }
    },

    /** The root is steeper below than above. */
    sqrt(a: Approx): Approx {
      const value = Math.sqrt(a.value)
      return rounded(value, value - Math.sqrt(Math.max(0, a.value - a.error)))
    },

    /** a^k for a whole k: k - 1 products, or a power function. */
    power(a: Approx, k: number): Approx {
      const value = a.value ** k
      return rounded(value, (Math.abs(a.value) + a.error) ** k - Math.abs(value), gamma(k + 2 * functionUlps, u))
    },

    exp(a: Approx): Approx {
      const value = Math.exp(a.value)
      return rounded(value, value * Math.expm1(a.error), 2 * functionUlps * u)
    },

    log(a: Approx): Approx {
      const value = Math.log(a.value)
      const error = a.error < a.value ? -Math.log1p(-a.error / a.value) : Number.POSITIVE_INFINITY
      return rounded(value, error, 2 * functionUlps * u)
    },

    /** In any order: gamma_{n-1} of the sum of magnitudes (Higham, section 4.2), and one rounding to store it. */
    sum(terms: readonly Approx[]): Approx {
      let value = 0
      let error = 0
      let magnitude = 0
      for (const term of terms) {
        value += term.value
        error += term.error
        magnitude += Math.abs(term.value) + term.error
      }
      return { value, error: error + gamma(terms.length, u) * magnitude }
    },
  }
}

export type Running = ReturnType<typeof running>
