import type { Queued } from '../queued.js'
import type { Refusable, Signatures } from '../signature.js'
import { defineUpdate, type Update, type UpdateDims, updateWork } from '../update.js'

export interface SgdScalars {
  readonly learningRate: number
}

export interface SgdKernels<S> extends Refusable<UpdateDims> {
  /** w[i] = w[i] - learningRate * g[i] */
  update(d: UpdateDims, s: SgdScalars, g: S, w: S): Queued
}

export const sgdSignatures: Signatures<SgdKernels<unknown>> = {
  update: { scalars: true, reads: ['g'], updates: ['w'] },
}

export const sgdWork = updateWork(2)

/** Plain stochastic gradient descent. */
export const sgd: Update<SgdScalars> = defineUpdate('sgd', [], { learningRate: 1e-2 })
