import { adamMutants } from './adam.js'
import { adamwMutants } from './adamw.js'
import { affineMutants } from './affine.js'
import { avgPool2dMutants } from './avgPool2d.js'
import { batchNormMutants } from './batchNorm.js'
import { conv2dMutants } from './conv2d.js'
import { counterMutants } from './counters.js'
import { dropoutMutants } from './dropout.js'
import { everyLayerMutants } from './everyLayer.js'
import { groupNormMutants } from './groupNorm.js'
import { hygieneMutants } from './hygiene.js'
import { layerNormMutants } from './layerNorm.js'
import { maxPool2dMutants } from './maxPool2d.js'
import { memberMutants } from './members.js'
import type { Mutant } from './mutant.js'
import { parameterMutants } from './parameters.js'
import { planMutants } from './plans.js'
import { reluMutants } from './relu.js'
import { replayMutants } from './replays.js'
import { rmspropMutants } from './rmsprop.js'
import { sandwichMutants } from './sandwiches.js'
import { sgdMutants } from './sgd.js'
import { sgdMomentumMutants } from './sgdMomentum.js'
import { sizeMutants } from './sizes.js'
import { softmaxCrossEntropyMutants } from './softmaxCrossEntropy.js'
import { staleMutants } from './stale.js'
import { storageMutants } from './storage.js'
import { svmLossMutants } from './svmLoss.js'
import { trainingMutants } from './training.js'
import { vectorMutants } from './vector.js'
import { viewMutants } from './views.js'

/** The bank, a family a file. */
export const mutantFamilies: { readonly [family: string]: readonly Mutant[] } = {
  conv2d: conv2dMutants,
  affine: affineMutants,
  relu: reluMutants,
  maxPool2d: maxPool2dMutants,
  avgPool2d: avgPool2dMutants,
  dropout: dropoutMutants,
  batchNorm: batchNormMutants,
  layerNorm: layerNormMutants,
  groupNorm: groupNormMutants,
  softmaxCrossEntropy: softmaxCrossEntropyMutants,
  svmLoss: svmLossMutants,
  vector: vectorMutants,
  sgd: sgdMutants,
  sgdMomentum: sgdMomentumMutants,
  rmsprop: rmspropMutants,
  adam: adamMutants,
  adamw: adamwMutants,
  sandwiches: sandwichMutants,
  storage: storageMutants,
  hygiene: hygieneMutants,
  sizes: sizeMutants,
  training: trainingMutants,
  everyLayer: everyLayerMutants,
  stale: staleMutants,
  plans: planMutants,
  replays: replayMutants,
  counters: counterMutants,
  views: viewMutants,
  members: memberMutants,
  parameters: parameterMutants,
}

export const allMutants: readonly Mutant[] = Object.values(mutantFamilies).flat()
