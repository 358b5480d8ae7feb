import type { ActivationDefinition } from './defineActivation.js'
import type { ElementLossDefinition } from './defineElementLoss.js'
import type { KernelsOf } from './defineLayer.js'
import type { UpdateDefinition } from './defineUpdate.js'
import { adam } from './definitions/adam.js'
import { adamw } from './definitions/adamw.js'
import { affine } from './definitions/affine.js'
import { affineRelu } from './definitions/affineRelu.js'
import { avgPool2d } from './definitions/avgPool2d.js'
import { batchNorm } from './definitions/batchNorm.js'
import { binaryCrossEntropyWithLogits } from './definitions/binaryCrossEntropyWithLogits.js'
import { concat } from './definitions/concat.js'
import { conv2d } from './definitions/conv2d.js'
import { convRelu } from './definitions/convRelu.js'
import { gelu } from './definitions/gelu.js'
import { groupNorm } from './definitions/groupNorm.js'
import { layerNorm } from './definitions/layerNorm.js'
import { leakyRelu } from './definitions/leakyRelu.js'
import { maxPool2d } from './definitions/maxPool2d.js'
import { meanSquaredError } from './definitions/meanSquaredError.js'
import { nesterov } from './definitions/nesterov.js'
import { relu } from './definitions/relu.js'
import { rmsprop } from './definitions/rmsprop.js'
import { sgd } from './definitions/sgd.js'
import { sgdMomentum } from './definitions/sgdMomentum.js'
import { sigmoid } from './definitions/sigmoid.js'
import { silu } from './definitions/silu.js'
import { softmaxCrossEntropy } from './definitions/softmaxCrossEntropy.js'
import { svmLoss } from './definitions/svmLoss.js'
import { tanh } from './definitions/tanh.js'
import { vector } from './definitions/vector.js'
import { ConfigError } from './errors.js'
import { keysOf, mapValues } from './record.js'

/** Layers that treat every element alike; each has a composition. */
export const activationDefinitions = { gelu, silu, sigmoid, tanh, leakyRelu }

/** Optimizers' steps that have a composition. */
const composedUpdateDefinitions = { nesterov }

/** Layers of a network. Dropout has no kernels: it is `vector.multiply`. */
const layerDefinitions = {
  affine,
  conv2d,
  maxPool2d,
  avgPool2d,
  relu,
  concat,
  ...activationDefinitions,
  batchNorm,
  layerNorm,
  groupNorm,
}

/** Losses of classification. */
const lossDefinitions = { softmaxCrossEntropy, svmLoss }

/** Losses that treat every element alike; each has a composition. */
export const elementLossDefinitions = { meanSquaredError, binaryCrossEntropyWithLogits }

/** Optimizers' steps. */
export const updateDefinitions = { sgd, sgdMomentum, rmsprop, adam, adamw, ...composedUpdateDefinitions }

/** Kernels that a backend may lack: their sandwiches are composed of their layers then. The law is fused = composed. */
const fusedDefinitions = { affineRelu, convRelu }

/**
 * Every layer that has kernels, once. The types of backends' tables follow from it, and every other table is total over
 * its names.
 */
export const definitions = {
  vector,
  ...layerDefinitions,
  ...lossDefinitions,
  ...elementLossDefinitions,
  ...updateDefinitions,
  ...fusedDefinitions,
}

export type KernelName = keyof typeof definitions
export type LossName = keyof typeof lossDefinitions
export type ActivationName = keyof typeof activationDefinitions
export type ElementLossName = keyof typeof elementLossDefinitions
export type UpdateName = keyof typeof updateDefinitions
export type ComposedUpdateName = keyof typeof composedUpdateDefinitions
/** What has a composition: its kernels follow from that in every room, and have no line in their tables. */
export type ComposedName = ActivationName | ElementLossName | ComposedUpdateName
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

export type ComposedKernels<S> = { [L in ComposedName]: KernelsOf<(typeof definitions)[L], S> }

/** Throws a `ConfigError` for a layer of the user's own that is called as one of the library's. */
export function checkName(definition: { readonly name: string }): void {
  const { name } = definition
  const own: { readonly [name: string]: object } = definitions
  if (Object.hasOwn(own, name) && own[name] !== definition)
    throw new ConfigError(`the library has a layer ${name}: expected another name for one of your own`)
}

export function isFused(layer: string): layer is FusedName {
  return Object.hasOwn(fusedDefinitions, layer)
}

/** What `make` makes of each activation: a part of a table that is total over the layers. */
export function ofActivations<T>(make: (definition: ActivationDefinition) => T): { readonly [N in ActivationName]: T } {
  return mapValues(activationDefinitions, make)
}

/** What `make` makes of each loss of elements, in the same way. */
export function ofElementLosses<T>(make: (definition: ElementLossDefinition) => T): {
  readonly [N in ElementLossName]: T
} {
  return mapValues(elementLossDefinitions, make)
}

/** What `make` makes of each update that has a composition: the rest of a table that is total over the updates. */
export function ofComposedUpdates<T>(make: (definition: UpdateDefinition) => T): {
  readonly [N in ComposedUpdateName]: T
} {
  return mapValues(composedUpdateDefinitions, make)
}

function namesOf<R extends object>(definitions: R): readonly (keyof R & string)[] {
  return Object.freeze(keysOf(definitions))
}

export const layerNames = namesOf(layerDefinitions)
export const lossNames = namesOf({ ...lossDefinitions, ...elementLossDefinitions })
export const updateNames = namesOf(updateDefinitions)
export const fusedNames = namesOf(fusedDefinitions)
/** Names of everything that has kernels. */
export const kernelNames = namesOf(definitions)
