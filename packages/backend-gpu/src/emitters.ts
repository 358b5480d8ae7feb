import type { ComposedName, KernelInfo, KernelName, Kernels } from '@convkit/api'
import type { AnyEmitter } from './call.js'
import type { Emitters, Operand } from './emit.js'
import { affine } from './layers/affine.js'
import { avgPool2d } from './layers/avgPool2d.js'
import { batchNorm } from './layers/batchNorm.js'
import { concat } from './layers/concat.js'
import { conv2d } from './layers/conv2d.js'
import { groupNorm } from './layers/groupNorm.js'
import { layerNorm } from './layers/layerNorm.js'
import { maxPool2d } from './layers/maxPool2d.js'
import { relu } from './layers/relu.js'
import { softmaxCrossEntropy } from './layers/softmaxCrossEntropy.js'
import { svmLoss } from './layers/svmLoss.js'
import { affineRelu } from './sandwiches/affineRelu.js'
import { convRelu } from './sandwiches/convRelu.js'
import { adam } from './updates/adam.js'
import { adamw } from './updates/adamw.js'
import { rmsprop } from './updates/rmsprop.js'
import { sgd } from './updates/sgd.js'
import { sgdMomentum } from './updates/sgdMomentum.js'
import { vector } from './vector.js'

/** The part of a graph for every kernel that has no composition. */
const emitters: { readonly [L in Exclude<KernelName, ComposedName>]: Emitters<Required<Kernels<Operand>>[L]> } = {
  vector,
  affine,
  conv2d,
  maxPool2d,
  avgPool2d,
  relu,
  concat,
  batchNorm,
  layerNorm,
  groupNorm,
  softmaxCrossEntropy,
  svmLoss,
  sgd,
  sgdMomentum,
  rmsprop,
  adam,
  adamw,
  affineRelu,
  convRelu,
}

/** Seen without its types, so that one walk serves every kernel. */
export function emitterOf({ layer, method }: KernelInfo): AnyEmitter | undefined {
  const tables: { readonly [layer: string]: object } = emitters
  return Reflect.get(tables[layer] ?? {}, method)
}
