import { defineActivation } from '../defineActivation.js'

/** Hyperbolic tangent. */
export const tanh = defineActivation('tanh', {
  formula: 'y[i] = (exp(x[i]) - exp(-x[i])) / (exp(x[i]) + exp(-x[i]))',
  y: (a, x) => a.tanh(x),
})
