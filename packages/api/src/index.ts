export * from './activations.js'
export * from './backend.js'
export * from './composition.js'
export { computing } from './computing.js'
export * from './conventions.js'
export * from './cost.js'
export { type ActivationDefinition, type ActivationDims, defineActivation } from './defineActivation.js'
export {
  defineElementLoss,
  type ElementLossDefinition,
  type ElementLossDims,
} from './defineElementLoss.js'
export * from './defineLayer.js'
export type { LossDims, LossKernels, LossScale } from './defineLoss.js'
export { defineUpdate, type UpdateDefinition, type UpdateDims } from './defineUpdate.js'
export type { AdamKernels, AdamScalars } from './definitions/adam.js'
export type { AdamwKernels, AdamwScalars } from './definitions/adamw.js'
export type { AffineDims, AffineKernels } from './definitions/affine.js'
export type { AffineReluKernels } from './definitions/affineRelu.js'
export {
  type AvgPool2dDims,
  type AvgPool2dKernels,
  type AvgPool2dOptions,
  avgPool2dOptions,
} from './definitions/avgPool2d.js'
export type { BatchNormDims, BatchNormKernels } from './definitions/batchNorm.js'
export type { ConcatDims, ConcatKernels } from './definitions/concat.js'
export { type Conv2dDims, type Conv2dKernels, type Conv2dOptions, conv2dOptions } from './definitions/conv2d.js'
export type { ConvReluKernels } from './definitions/convRelu.js'
export type { GroupNormDims, GroupNormKernels } from './definitions/groupNorm.js'
export { type LayerNormDims, type LayerNormKernels, oneGroup } from './definitions/layerNorm.js'
export {
  type MaxPool2dDims,
  type MaxPool2dKernels,
  type MaxPool2dOptions,
  maxPool2dOptions,
} from './definitions/maxPool2d.js'
export type { ReluDims, ReluKernels } from './definitions/relu.js'
export type { RmspropKernels, RmspropScalars } from './definitions/rmsprop.js'
export type { SgdKernels, SgdScalars } from './definitions/sgd.js'
export type { SgdMomentumKernels, SgdMomentumScalars } from './definitions/sgdMomentum.js'
export type { SoftmaxCrossEntropyKernels } from './definitions/softmaxCrossEntropy.js'
export type { SvmLossKernels } from './definitions/svmLoss.js'
export type { VectorDims, VectorKernels } from './definitions/vector.js'
export * from './dtype.js'
export * from './elementLoss.js'
export * from './elementLosses.js'
export * from './errors.js'
export * from './fallback.js'
export type { Gradients, Wanted } from './gradients.js'
export type * from './host.js'
export * from './kernels.js'
export * from './layers/activation.js'
export * from './layers/affine.js'
export * from './layers/avgPool2d.js'
export * from './layers/batchNorm.js'
export * from './layers/concat.js'
export * from './layers/conv2d.js'
export * from './layers/dropout.js'
export * from './layers/groupNorm.js'
export * from './layers/layerNorm.js'
export * from './layers/maxPool2d.js'
export * from './layers/relu.js'
export * from './layers/softmaxCrossEntropy.js'
export * from './layers/svmLoss.js'
export type * from './loss.js'
export {
  allKernels,
  type ComposedKernel,
  composeKernels,
  isComposed,
  type KernelCall,
  type KernelInfo,
  kernelIn,
  kernelInfo,
  kernelsOf,
  makeKernels,
  mapKernels,
  namedStorages,
  type Refuse,
  type RunKernel,
  refuseIn,
  type SomeKernel,
} from './mapKernels.js'
export { didYouMean } from './nearest.js'
export { checkOptions, checkSwitches, type OptionNames } from './options.js'
export { type Queued, queued } from './queued.js'
export { keysOf, mapValues } from './record.js'
export * from './sandwiches/affineRelu.js'
export * from './sandwiches/convBnRelu.js'
export * from './sandwiches/convBnReluPool.js'
export * from './sandwiches/convRelu.js'
export * from './sandwiches/convReluPool.js'
export * from './shape.js'
export { sumOf } from './sum.js'
export * from './syncBatchNorm.js'
export * from './tensor.js'
export * from './update.js'
export * from './updates.js'
export * from './vector.js'
export * from './window.js'
