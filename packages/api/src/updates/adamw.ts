import type { Queued } from '../queued.js'
import type { Refusable, Signatures } from '../signature.js'
import { defineUpdate, type Update, type UpdateDims, updateWork } from '../update.js'
import type { AdamScalars } from './adam.js'

export interface AdamwScalars extends AdamScalars {
  readonly weightDecay: number
}

export interface AdamwKernels<S> extends Refusable<UpdateDims> {
  /**
   * w[i] = w[i] - learningRate * weightDecay * w[i], then Adam's step.
   * Another decay, and another place of epsilon, may be declared: `conventionTable.adamw`.
   */
  update(d: UpdateDims, s: AdamwScalars, g: S, m: S, v: S, w: S): Queued
}

export const adamwSignatures: Signatures<AdamwKernels<unknown>> = {
  update: { scalars: true, reads: ['g'], updates: ['m', 'v', 'w'] },
}

export const adamwWork = updateWork(16)

/** Adam with decoupled weight decay (Loshchilov and Hutter 2019). */
export const adamw: Update<AdamwScalars> = defineUpdate('adamw', ['m', 'v'], {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  step: 1,
  weightDecay: 1e-2,
})
