import type { Queued } from '../queued.js'
import type { Refusable, Signatures } from '../signature.js'
import { defineUpdate, type Update, type UpdateDims, updateWork } from '../update.js'

export interface AdamScalars {
  readonly learningRate: number
  readonly beta1: number
  readonly beta2: number
  readonly epsilon: number
  /** The number of this step, from 1. */
  readonly step: number
}

export interface AdamKernels<S> extends Refusable<UpdateDims> {
  /**
   * m[i] = beta1 * m[i] + (1 - beta1) * g[i]; v[i] = beta2 * v[i] + (1 - beta2) * g[i]^2;
   * w[i] = w[i] - learningRate * (m[i] / (1 - beta1^step)) / (sqrt(v[i] / (1 - beta2^step)) + epsilon).
   * Another place of epsilon may be declared: `conventionTable.adam`.
   */
  update(d: UpdateDims, s: AdamScalars, g: S, m: S, v: S, w: S): Queued
}

export const adamSignatures: Signatures<AdamKernels<unknown>> = {
  update: { scalars: true, reads: ['g'], updates: ['m', 'v', 'w'] },
}

export const adamWork = updateWork(14)

/** Adam with bias correction (Kingma and Ba 2015). */
export const adam: Update<AdamScalars> = defineUpdate('adam', ['m', 'v'], {
  learningRate: 1e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  step: 1,
})
