import { defineActivation } from '../defineActivation.js'

const scale = 2 * Math.sqrt(2 / Math.PI)

/** Gaussian error linear unit (Hendrycks and Gimpel 2016), in its tanh form: within 5e-4 of x times the normal distribution of x. */
export const gelu = defineActivation('gelu', {
  formula: 'y[i] = x[i] * sigmoid(2 sqrt(2 / pi) (x[i] + 0.044715 x[i]^3))',
  y: (a, x) => {
    const cubic = a.add(a.constant(scale), a.mul(a.constant(scale * 0.044715), a.mul(x, x)))
    return a.mul(x, a.sigmoid(a.mul(x, cubic)))
  },
})
