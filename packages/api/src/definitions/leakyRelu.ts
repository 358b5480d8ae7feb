import { defineActivation } from '../defineActivation.js'

/** Rectifier that lets a part of what is negative through (Maas, Hannun and Ng 2013). At 0 its slope is that below 0. */
export const leakyRelu = defineActivation('leakyRelu', {
  formula: 'y[i] = x[i] where x[i] > 0, slope * x[i] where x[i] <= 0',
  defaults: { slope: 0.01 },
  y: (a, x, of) => a.where(x, x, a.mul(of('slope'), x)),
})
