import { DataError } from '@convkit/api'
import { adam } from './bounds/adam.js'
import { adamw } from './bounds/adamw.js'
import { affine } from './bounds/affine.js'
import { avgPool2d } from './bounds/avgPool2d.js'
import { batchNorm } from './bounds/batchNorm.js'
import { conv2d } from './bounds/conv2d.js'
import { groupNorm } from './bounds/groupNorm.js'
import { layerNorm } from './bounds/layerNorm.js'
import { maxPool2d } from './bounds/maxPool2d.js'
import { stepErrors, type UpdateFormula } from './bounds/optimizer.js'
import { relu } from './bounds/relu.js'
import { rmsprop } from './bounds/rmsprop.js'
import type { Bound } from './bounds/rounding.js'
import { sgd } from './bounds/sgd.js'
import { sgdMomentum } from './bounds/sgdMomentum.js'
import { softmaxCrossEntropy } from './bounds/softmaxCrossEntropy.js'
import { svmLoss } from './bounds/svmLoss.js'
import { threeLayerConvNet } from './bounds/threeLayerConvNet.js'

export const updateFormulas: { readonly [name: string]: UpdateFormula } = { sgd, sgdMomentum, rmsprop, adam, adamw }

const bounds: { readonly [layer: string]: Bound } = {
  affine,
  conv2d,
  maxPool2d,
  avgPool2d,
  relu,
  batchNorm,
  layerNorm,
  groupNorm,
  softmaxCrossEntropy,
  svmLoss,
  threeLayerConvNet,
  ...Object.fromEntries(Object.entries(updateFormulas).map(([name, formula]) => [name, stepErrors(formula)])),
}

/** The bound of one layer; throws `DataError` where there is none. */
export function boundOf(layer: string): Bound {
  const bound = bounds[layer]
  if (!bound) throw new DataError(`reference case: no bound is derived for ${layer}`)
  return bound
}
