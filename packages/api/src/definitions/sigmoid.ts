import { defineActivation } from '../defineActivation.js'

/** The logistic function: a probability from its logit. */
export const sigmoid = defineActivation('sigmoid', {
  formula: 'y[i] = 1 / (1 + exp(-x[i]))',
  y: (a, x) => a.sigmoid(x),
})
