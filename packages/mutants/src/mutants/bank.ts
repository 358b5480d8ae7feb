import { type FusedName, type KernelName, ofComposedUpdates } from '@convkit/api'
import { adamMutants } from './adam.js'
import { adamwMutants } from './adamw.js'
import { affineMutants } from './affine.js'
import { atSizeMutants } from './atSize.js'
import { avgPool2dMutants } from './avgPool2d.js'
import { batchNormMutants } from './batchNorm.js'
import { binaryCrossEntropyWithLogitsMutants } from './binaryCrossEntropyWithLogits.js'
import { concatMutants } from './concat.js'
import { conv2dMutants } from './conv2d.js'
import { counterMutants } from './counters.js'
import { declarationMutants } from './declaration.js'
import { dimensionMutants } from './dimensions.js'
import { dropoutMutants } from './dropout.js'
import { everyLayerMutants } from './everyLayer.js'
import { falseDeclarationMutants } from './falseDeclarations.js'
import { fragileMutants } from './fragile.js'
import { geluMutants } from './gelu.js'
import { groupNormMutants } from './groupNorm.js'
import { hiddenNaNMutants } from './hiddenNaN.js'
import { hygieneMutants } from './hygiene.js'
import { hyperparameterMutants } from './hyperparameters.js'
import { indexingMutants } from './indexing.js'
import { layerConventionMutants } from './layerConventions.js'
import { layerNormMutants } from './layerNorm.js'
import { leakyReluMutants } from './leakyRelu.js'
import { limitMutants } from './limits.js'
import { maxPool2dMutants } from './maxPool2d.js'
import { meanSquaredErrorMutants } from './meanSquaredError.js'
import { memberMutants } from './members.js'
import type { Mutant } from './mutant.js'
import { nesterovMutants } from './nesterov.js'
import { omissionMutants } from './omissions.js'
import { operandMutants } from './operands.js'
import { outputMutants } from './outputs.js'
import { parameterMutants } from './parameters.js'
import { planMutants } from './plans.js'
import { precisionMutants } from './precision.js'
import { reluMutants } from './relu.js'
import { replayMutants } from './replays.js'
import { rmspropMutants } from './rmsprop.js'
import { sandwichMutants } from './sandwiches.js'
import { sgdMutants } from './sgd.js'
import { sgdMomentumMutants } from './sgdMomentum.js'
import { sigmoidMutants } from './sigmoid.js'
import { siluMutants } from './silu.js'
import { sizeMutants } from './sizes.js'
import { softmaxCrossEntropyMutants } from './softmaxCrossEntropy.js'
import { staleMutants } from './stale.js'
import { statisticsMutants } from './statistics.js'
import { stepMutants } from './steps.js'
import { storageMutants } from './storage.js'
import { svmLossMutants } from './svmLoss.js'
import { tanhMutants } from './tanh.js'
import { trainingMutants } from './training.js'
import { updateConventionMutants } from './updateConventions.js'
import { valueMutants } from './values.js'
import { vectorMutants } from './vector.js'
import { verdictMutants } from './verdicts.js'
import { viewMutants } from './views.js'

/** What is planted in the kernels of each layer, and in dropout; in fused kernels, by the family `sandwiches`. */
const ofLayers: { readonly [L in Exclude<KernelName, FusedName> | 'dropout']: readonly Mutant[] } = {
  conv2d: conv2dMutants,
  affine: affineMutants,
  relu: reluMutants,
  concat: concatMutants,
  gelu: geluMutants,
  silu: siluMutants,
  sigmoid: sigmoidMutants,
  tanh: tanhMutants,
  leakyRelu: leakyReluMutants,
  maxPool2d: maxPool2dMutants,
  avgPool2d: avgPool2dMutants,
  dropout: dropoutMutants,
  batchNorm: batchNormMutants,
  layerNorm: layerNormMutants,
  groupNorm: groupNormMutants,
  softmaxCrossEntropy: softmaxCrossEntropyMutants,
  svmLoss: svmLossMutants,
  meanSquaredError: meanSquaredErrorMutants,
  binaryCrossEntropyWithLogits: binaryCrossEntropyWithLogitsMutants,
  vector: vectorMutants,
  sgd: sgdMutants,
  sgdMomentum: sgdMomentumMutants,
  rmsprop: rmspropMutants,
  adam: adamMutants,
  adamw: adamwMutants,
  // The faults of every layer stand for what is written nowhere but in one formula.
  ...ofComposedUpdates(() => []),
  nesterov: nesterovMutants,
}

/** The bank, a family a file. */
export const mutantFamilies: { readonly [family: string]: readonly Mutant[] } = {
  ...ofLayers,
  sandwiches: sandwichMutants,
  storage: storageMutants,
  declaration: declarationMutants,
  hygiene: hygieneMutants,
  sizes: sizeMutants,
  atSize: atSizeMutants,
  training: trainingMutants,
  hiddenNaN: hiddenNaNMutants,
  hyperparameters: hyperparameterMutants,
  indexing: indexingMutants,
  limits: limitMutants,
  omissions: omissionMutants,
  outputs: outputMutants,
  precision: precisionMutants,
  statistics: statisticsMutants,
  layerConventions: layerConventionMutants,
  updateConventions: updateConventionMutants,
  falseDeclarations: falseDeclarationMutants,
  everyLayer: everyLayerMutants,
  verdicts: verdictMutants,
  operands: operandMutants,
  values: valueMutants,
  fragile: fragileMutants,
  dimensions: dimensionMutants,
  steps: stepMutants,
  stale: staleMutants,
  plans: planMutants,
  replays: replayMutants,
  counters: counterMutants,
  views: viewMutants,
  members: memberMutants,
  parameters: parameterMutants,
}

export const allMutants: readonly Mutant[] = Object.values(mutantFamilies).flat()
