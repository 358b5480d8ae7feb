import type { KernelsOf } from '../defineLayer.js'
import { defineUpdate, type UpdateScalars } from '../defineUpdate.js'

/** Plain stochastic gradient descent. */
export const sgd = defineUpdate('sgd', {
  formula: 'w[i] = w[i] - learningRate * g[i]',
  slots: [],
  defaults: { learningRate: 1e-2 },
  flops: 2,
})

export type SgdScalars = UpdateScalars<typeof sgd>
export type SgdKernels<S> = KernelsOf<typeof sgd, S>
