import type { KernelsOf } from '../defineLayer.js'
import { defineUpdate, type UpdateScalars } from '../defineUpdate.js'

/** RMSProp (Tieleman and Hinton 2012). */
export const rmsprop = defineUpdate('rmsprop', {
  formula: `v[i] = decayRate * v[i] + (1 - decayRate) * g[i]^2; w[i] = w[i] - learningRate * g[i] / (sqrt(v[i]) + epsilon).
    Another place of epsilon may be declared: \`conventionTable.rmsprop\`.`,
  slots: ['v'],
  defaults: { learningRate: 1e-2, decayRate: 0.99, epsilon: 1e-8 },
  flops: 8,
})

export type RmspropScalars = UpdateScalars<typeof rmsprop>
export type RmspropKernels<S> = KernelsOf<typeof rmsprop, S>
