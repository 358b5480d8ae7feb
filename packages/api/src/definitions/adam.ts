import type { KernelsOf } from '../defineLayer.js'
import { defineUpdate, type UpdateScalars } from '../defineUpdate.js'

/** Adam with bias correction (Kingma and Ba 2015). */
export const adam = defineUpdate('adam', {
  formula: `m[i] = beta1 * m[i] + (1 - beta1) * g[i]; v[i] = beta2 * v[i] + (1 - beta2) * g[i]^2;
    w[i] = w[i] - learningRate * (m[i] / (1 - beta1^step)) / (sqrt(v[i] / (1 - beta2^step)) + epsilon), where \`step\` counts from 1.
    Another place of epsilon may be declared: \`conventionTable.adam\`.`,
  slots: ['m', 'v'],
  defaults: { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, step: 1 },
  flops: 14,
})

export type AdamScalars = UpdateScalars<typeof adam>
export type AdamKernels<S> = KernelsOf<typeof adam, S>
