import type { Queued } from '../queued.js'
import type { Refusable, Signatures } from '../signature.js'
import { defineUpdate, type Update, type UpdateDims, updateWork } from '../update.js'

export interface RmspropScalars {
  readonly learningRate: number
  readonly decayRate: number
  readonly epsilon: number
}

export interface RmspropKernels<S> extends Refusable<UpdateDims> {
  /**
   * v[i] = decayRate * v[i] + (1 - decayRate) * g[i]^2; w[i] = w[i] - learningRate * g[i] / (sqrt(v[i]) + epsilon).
   * Another place of epsilon may be declared: `conventionTable.rmsprop`.
   */
  update(d: UpdateDims, s: RmspropScalars, g: S, v: S, w: S): Queued
}

export const rmspropSignatures: Signatures<RmspropKernels<unknown>> = {
  update: { scalars: true, reads: ['g'], updates: ['v', 'w'] },
}

export const rmspropWork = updateWork(8)

/** RMSProp (Tieleman and Hinton 2012). */
export const rmsprop: Update<RmspropScalars> = defineUpdate('rmsprop', ['v'], {
  learningRate: 1e-2,
  decayRate: 0.99,
  epsilon: 1e-8,
})
