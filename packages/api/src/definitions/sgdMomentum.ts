import type { KernelsOf } from '../defineLayer.js'
import { defineUpdate, type UpdateScalars } from '../defineUpdate.js'

/** Stochastic gradient descent with momentum, as the course writes it. */
export const sgdMomentum = defineUpdate('sgdMomentum', {
  formula: `v[i] = momentum * v[i] - learningRate * g[i]; w[i] = w[i] + v[i].
    Another place of the rate may be declared: \`conventionTable.sgdMomentum\`.`,
  slots: ['v'],
  defaults: { learningRate: 1e-2, momentum: 0.9 },
  flops: 4,
})

export type SgdMomentumScalars = UpdateScalars<typeof sgdMomentum>
export type SgdMomentumKernels<S> = KernelsOf<typeof sgdMomentum, S>
