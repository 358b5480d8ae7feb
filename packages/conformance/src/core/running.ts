import { numbers } from '@convkit/api'
import { gamma } from './bounds.js'
import type { Unit } from './unit.js'

/** An exact value, and how far a computed one may be from it. */
export interface Approx {
  readonly value: number
  readonly error: number
}

export const exact = (value: number): Approx => ({ value, error: 0 })

/**
 * Running error analysis (Higham 2002, section 3.3): a formula written in these operations gives its exact value and a
 * bound on the error of computing it. Every operation counts one rounding more than it makes, so that a kernel may
 * multiply by a reciprocal, fold constants, fuse, or store an intermediate. Overflow is not modelled.
 */
export function running(unit: Unit) {
  const { eta, state, ulps, absolute } = unit
  // An ulp of a number is at most 2 u of it.
  const after = (ulp: number) => gamma(2 * ulp + 1, unit)
  const plain = after(0.5)

  function rounded(value: number, error: number, roundoff = plain): Approx {
    // 0 * Infinity, where nothing is known of an operand.
    if (Number.isNaN(error)) return { value, error: Number.POSITIVE_INFINITY }
    return { value, error: error + roundoff * (Math.abs(value) + error) + 2 * eta }
  }

  /** A scalar that the kernel may round before it uses it. */
  const scalar = (value: number): Approx => (value === 0 ? exact(0) : rounded(value, 0))

  const operations = {
    scalar,
    constant: scalar,

    add: (a: Approx, b: Approx): Approx => rounded(a.value + b.value, a.error + b.error),

    sub: (a: Approx, b: Approx): Approx => rounded(a.value - b.value, a.error + b.error),

    mul: (a: Approx, b: Approx): Approx =>
      rounded(a.value * b.value, Math.abs(a.value) * b.error + Math.abs(b.value) * a.error + a.error * b.error),

    /** |a'/b' - a/b| <= (da + |a/b| db) / (|b| - db) */
    div(a: Approx, b: Approx): Approx {
      const value = a.value / b.value
      const least = Math.abs(b.value) - b.error
      if (!(least > 0)) return { value, error: Number.POSITIVE_INFINITY }
      return rounded(value, (a.error + Math.abs(value) * b.error) / least + absolute.divide, after(ulps.divide))
    },

    /** |sqrt(a') - sqrt(a)| = |a' - a| / (sqrt(a') + sqrt(a)), which is at most sqrt(|a' - a|). */
    sqrt(a: Approx): Approx {
      const value = Math.sqrt(a.value)
      const error = a.error < a.value ? a.error / (value + Math.sqrt(a.value - a.error)) : Math.sqrt(a.error)
      return rounded(value, error + absolute.sqrt, after(ulps.sqrt))
    },

    /** a^k for a whole k: k - 1 products, or a power function as good as exp. */
    power(a: Approx, k: number): Approx {
      const value = a.value ** k
      const error = k * a.error * (Math.abs(a.value) + a.error) ** (k - 1)
      return rounded(value, error + absolute.exp, gamma(k + 2 * ulps.exp, unit))
    },

    exp(a: Approx): Approx {
      const value = Math.exp(a.value)
      const error = a.error < 1 ? value * Math.expm1(a.error) : Math.exp(a.value + a.error)
      return rounded(value, error + absolute.exp, after(ulps.exp))
    },

    /** exp(-|a|), a sum and a quotient, which is within [0, 1] whatever a is. */
    sigmoid(a: Approx): Approx {
      const power = operations.exp({ value: -Math.abs(a.value), error: a.error })
      const most = { value: power.value, error: Math.min(1, power.error) }
      const { value, error } = operations.div(a.value < 0 ? most : exact(1), operations.add(exact(1), most))
      return { value, error: Math.min(1, error) }
    },

    /** max(a, 0) + log(1 + exp(-|a|)), the logarithm of a rounded sum. */
    softplus(a: Approx): Approx {
      const power = operations.exp({ value: -Math.abs(a.value), error: a.error })
      const positive = { value: Math.max(a.value, 0), error: a.error }
      return operations.add(positive, operations.log(operations.add(exact(1), power)))
    },

    /**
     * Relative to the result, whichever way it is computed: t = 1 - exp(-2 |a|) by a function as good as exp near 0 too, then
     * t / (2 - t), which moves by at most twice as much as t, relatively; or t by a difference, where |a| > 1/2 and so t > exp(-2 |a|).
     */
    tanh(a: Approx): Approx {
      const value = Math.tanh(a.value)
      const error = Math.min(2, a.error + 2 * absolute.exp)
      return rounded(value, error, gamma(4 * ulps.exp + 2 * ulps.divide + 4, unit))
    },

    sign: (a: Approx): Approx => ({
      value: Math.sign(a.value),
      error: Math.abs(a.value) > a.error || a.error === 0 ? 0 : 2,
    }),

    /** Either where a may be 0. */
    where(a: Approx, above: Approx, below: Approx): Approx {
      const value = numbers.where(a.value, above.value, below.value)
      if (Math.abs(a.value) > a.error || a.error === 0) return { value, error: (a.value > 0 ? above : below).error }
      return { value, error: Math.abs(above.value - below.value) + Math.max(above.error, below.error) }
    },

    log(a: Approx): Approx {
      const value = Math.log(a.value)
      const error = a.error < a.value ? -Math.log1p(-a.error / a.value) : Number.POSITIVE_INFINITY
      return rounded(value, error + absolute.log, after(ulps.log))
    },

    /** What a slot of an optimizer keeps: flushed, and what it is the sum of too, where the backend declares that. */
    stored: ({ value, error }: Approx): Approx => ({ value, error: error + state }),

    /** In any order: gamma(n - 1) of the sum of magnitudes (Higham, section 4.2), and one rounding to store it. */
    sum(terms: readonly Approx[]): Approx {
      let [value, error, magnitude] = [0, 0, 0]
      for (const term of terms) {
        value += term.value
        error += term.error
        magnitude += Math.abs(term.value) + term.error
      }
      return { value, error: error + gamma(terms.length, unit) * magnitude + terms.length * eta }
    },
  }
  return operations
}

export type Running = ReturnType<typeof running>
