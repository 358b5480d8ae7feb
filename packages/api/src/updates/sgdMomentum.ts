import type { Queued } from '../queued.js'
import type { Refusable, Signatures } from '../signature.js'
import { defineUpdate, type Update, type UpdateDims, updateWork } from '../update.js'

export interface SgdMomentumScalars {
  readonly learningRate: number
  readonly momentum: number
}

export interface SgdMomentumKernels<S> extends Refusable<UpdateDims> {
  /**
   * v[i] = momentum * v[i] - learningRate * g[i]; w[i] = w[i] + v[i].
   * Another place of the rate may be declared: `conventionTable.sgdMomentum`.
   */
  update(d: UpdateDims, s: SgdMomentumScalars, g: S, v: S, w: S): Queued
}

export const sgdMomentumSignatures: Signatures<SgdMomentumKernels<unknown>> = {
  update: { scalars: true, reads: ['g'], updates: ['v', 'w'] },
}

export const sgdMomentumWork = updateWork(4)

/** Stochastic gradient descent with momentum, as the course writes it. */
export const sgdMomentum: Update<SgdMomentumScalars> = defineUpdate('sgdMomentum', ['v'], {
  learningRate: 1e-2,
  momentum: 0.9,
})
