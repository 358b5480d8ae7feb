import type { Kernels } from '@convkit/api'
import { composed } from './generated/composed.js'
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
import type { Runtime } from './runtime.js'
import { affineRelu } from './sandwiches/affineRelu.js'
import { convRelu } from './sandwiches/convRelu.js'
import type { Storage } from './storage.js'
import { adam } from './updates/adam.js'
import { adamw } from './updates/adamw.js'
import { rmsprop } from './updates/rmsprop.js'
import { sgd } from './updates/sgd.js'
import { sgdMomentum } from './updates/sgdMomentum.js'
import { vector } from './vector.js'

/** One line a layer; the file that does it has the same name, here and in assembly/. */
export function kernelTables(runtime: Runtime): Required<Kernels<Storage>> {
  return {
    vector: vector(runtime),
    affine: affine(runtime),
    maxPool2d: maxPool2d(runtime),
    avgPool2d: avgPool2d(runtime),
    conv2d: conv2d(runtime),
    convRelu: convRelu(runtime),
    batchNorm: batchNorm(runtime),
    layerNorm: layerNorm(runtime),
    groupNorm: groupNorm(runtime),
    relu: relu(runtime),
    concat: concat(runtime),
    softmaxCrossEntropy: softmaxCrossEntropy(runtime),
    svmLoss: svmLoss(runtime),
    sgd: sgd(runtime),
    sgdMomentum: sgdMomentum(runtime),
    rmsprop: rmsprop(runtime),
    adam: adam(runtime),
    adamw: adamw(runtime),
    affineRelu: affineRelu(runtime),
    ...composed(runtime),
  }
}
