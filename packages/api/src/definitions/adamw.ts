import type { KernelsOf } from '../defineLayer.js'
import { defineUpdate, type UpdateScalars } from '../defineUpdate.js'
import { adam } from './adam.js'

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). */
export const adamw = defineUpdate('adamw', {
  formula: `w[i] = w[i] - learningRate * weightDecay * w[i], then Adam's step.
    Another decay, and another place of epsilon, may be declared: \`conventionTable.adamw\`.`,
  slots: ['m', 'v'],
  defaults: { ...adam.defaults, weightDecay: 1e-2 },
  flops: 16,
})

export type AdamwScalars = UpdateScalars<typeof adamw>
export type AdamwKernels<S> = KernelsOf<typeof adamw, S>
