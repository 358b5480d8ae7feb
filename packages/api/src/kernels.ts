import type { KernelsOf } from './defineLayer.js'
import { adam } from './definitions/adam.js'
import { adamw } from './definitions/adamw.js'
import { affine } from './definitions/affine.js'
import { affineRelu } from './definitions/affineRelu.js'
import { avgPool2d } from './definitions/avgPool2d.js'
import { batchNorm } from './definitions/batchNorm.js'
import { conv2d } from './definitions/conv2d.js'
import { convRelu } from './definitions/convRelu.js'
import { groupNorm } from './definitions/groupNorm.js'
import { layerNorm } from './definitions/layerNorm.js'
import { maxPool2d } from './definitions/maxPool2d.js'
import { relu } from './definitions/relu.js'
import { rmsprop } from './definitions/rmsprop.js'
import { sgd } from './definitions/sgd.js'
import { sgdMomentum } from './definitions/sgdMomentum.js'
import { softmaxCrossEntropy } from './definitions/softmaxCrossEntropy.js'
import { svmLoss } from './definitions/svmLoss.js'
import { vector } from './definitions/vector.js'

/** Losses of classification. */
export const lossDefinitions = { softmaxCrossEntropy, svmLoss }

/** Optimizers' steps. */
export const updateDefinitions = { sgd, sgdMomentum, rmsprop, adam, adamw }

/** Kernels that a backend may lack: their sandwiches are composed of their layers then. The law is fused = composed. */
export const fusedDefinitions = { affineRelu, convRelu }

/**
 * Every layer that has kernels, once. The types of backends' tables follow from it, and every other table is total over
 * its names. Dropout is not here: it is `vector.multiply`.
 */
export const definitions = {
  vector,
  affine,
  conv2d,
  maxPool2d,
  avgPool2d,
  relu,
  batchNorm,
  layerNorm,
  groupNorm,
  ...lossDefinitions,
  ...updateDefinitions,
  ...fusedDefinitions,
}

export type KernelName = keyof typeof definitions
export type LossName = keyof typeof lossDefinitions
export type UpdateName = keyof typeof updateDefinitions
export type FusedName = keyof typeof fusedDefinitions

/**
 * All kernels, a table a layer. They get storage and resolved dims, never tensors; every output is overwritten, or skipped
 * where it is null.
 */
export type Kernels<S> = { [L in Exclude<KernelName, FusedName>]: KernelsOf<(typeof definitions)[L], S> } & {
  [L in FusedName]?: KernelsOf<(typeof definitions)[L], S>
}

/** What a backend has of them: any layers, and of each any methods. */
export type KernelTables<S> = { readonly [L in KernelName]?: Partial<KernelsOf<(typeof definitions)[L], S>> }

export function isFused(layer: string): layer is FusedName {
  return Object.hasOwn(fusedDefinitions, layer)
}
