import { defineActivation } from '../defineActivation.js'

/** Sigmoid linear unit, also called swish (Elfwing and others 2017; Ramachandran and others 2017). */
export const silu = defineActivation('silu', {
  formula: 'y[i] = x[i] * sigmoid(x[i])',
  y: (a, x) => a.mul(x, a.sigmoid(x)),
})
